// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.datasets;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import sae4j.files.FormatException;
import sae4j.files.hub.Hub;
import sae4j.files.hub.HubFile;
import sae4j.files.hub.HubListing;
import sae4j.files.hub.HubName;
import sae4j.files.hub.HubProgress;
import sae4j.files.hub.RepositoryKind;

/// A data set of the Hugging Face hub at a commit: all of it, a folder, or a file. Of the first two
/// a part is read, as of a folder that was downloaded ([DatasetFolder]), except that it is known
/// what they are.
///
/// Which files a part has is decided before they are here, by the list that the hub gives and by
/// `README.md`, the only file that is fetched for it. The cache keeps the list, so that the same
/// part has the same files without the hub.
public final class HubDataset {
  private static final String README = "README.md";

  private final Hub hub;
  private final HubListing listing;

  private HubDataset(Hub hub, HubListing listing) {
    this.hub = hub;
    this.listing = listing;
  }

  /// The data set of a name, as the hub has it now. `README.md` is fetched.
  ///
  /// @throws IOException as [Hub#listing], or if it is the name of something else than a data set
  public static HubDataset of(Hub hub, HubName name, HubProgress progress) throws IOException {
    requireDataset(name);
    HubDataset dataset = new HubDataset(hub, hub.listing(name, progress));
    for (HubFile file : dataset.listing.files()) {
      if (dataset.isReadme(file)) {
        hub.fetch(dataset.listing, file, progress);
      }
    }
    return dataset;
  }

  /// The data set of a name, as it is in the cache. The hub is not asked.
  ///
  /// @throws IOException if it is not in the cache, or as [#of]
  public static HubDataset cached(Hub hub, HubName name) throws IOException {
    requireDataset(name);
    return new HubDataset(
        hub,
        hub.cachedListing(name)
            .orElseThrow(
                () ->
                    new IOException(
                        "%s: is not in the hub's cache; fetch it: sae hub fetch %s"
                            .formatted(name, name))));
  }

  private static void requireDataset(HubName name) throws IOException {
    if (name.kind() != RepositoryKind.DATASET) {
      throw new IOException(
          "%s: is no data set on the hub; write hf://datasets/OWNER/NAME[@REVISION][/PATH]"
              .formatted(name));
    }
  }

  private boolean isReadme(HubFile file) {
    return !listing.isFile() && listing.below(file).equals(README);
  }

  /// Its name, at the commit that it is.
  public HubName name() {
    return listing.name().at(listing.commit());
  }

  /// Fetches the files of a part that are not in the cache yet.
  ///
  /// @param say told what was chosen where there is something else
  /// @throws IOException if the part is not there, or a file cannot be fetched
  public void fetch(DatasetPart part, HubProgress progress, Consumer<String> say)
      throws IOException {
    hub.fetch(listing, chosen(part, say), progress);
  }

  /// Where the files of a part are, in the order in which they are read.
  ///
  /// @param say told what was chosen where there is something else
  /// @throws IOException if the part is not there, or a file of it was not fetched
  public List<Path> files(DatasetPart part, Consumer<String> say) throws IOException {
    List<Path> files = new ArrayList<>();
    List<HubFile> chosen = chosen(part, say);
    for (HubFile file : chosen) {
      hub.cached(listing, file).ifPresent(files::add);
    }
    if (files.size() < chosen.size()) {
      throw new IOException(
          "%s: of %,d files %,d are in the hub's cache; fetch the others where the hub can be asked"
              .formatted(name(), chosen.size(), files.size()));
    }
    return files;
  }

  private List<HubFile> chosen(DatasetPart part, Consumer<String> say) throws IOException {
    if (listing.isFile()) {
      if (part.named()) {
        throw new FormatException(
            name().toString(),
            "data set",
            "is one file of it, which has no subsets and no splits",
            "leave out --subset and --split, or the path of the file");
      }
      return listing.files();
    }
    Map<String, HubFile> files = new LinkedHashMap<>();
    listing.files().forEach(file -> files.put(listing.below(file), file));
    Path folder = hub.snapshot(listing).resolve(listing.name().path());
    DatasetFolder dataset =
        DatasetFolder.of(name().toString(), folder, List.copyOf(files.keySet()));
    return dataset.files(part, say).stream()
        .map(name -> Objects.requireNonNull(files.get(name)))
        .toList();
  }
}
