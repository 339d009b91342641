// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.datasets;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.output.ForeignFiles;

/// A folder that holds a data set as `huggingface_hub` downloads one: files of one or more splits,
/// perhaps in several subsets, as its `README.md` says, or else as the names of folders and files
/// do ([SplitNames]).
public final class DatasetFolder {
  private static final String SUBSET_OPTION = "choose one with --subset";
  private static final String SPLIT_OPTION = "choose one with --split";

  private final String name;
  private final DatasetCard card;
  private final List<String> files;

  private DatasetFolder(String name, DatasetCard card, List<String> files) {
    this.name = name;
    this.card = card;
    this.files = files;
  }

  /// A folder that is known to hold a data set, whatever its files are called.
  ///
  /// @param name for the user
  /// @param folder where its `README.md` is, if it has one
  /// @param names of the files below it, ordered, whether they are there or not
  /// @throws IOException if no file holds documents, or `README.md` cannot be read
  static DatasetFolder of(String name, Path folder, List<String> names) throws IOException {
    List<String> files = dataIn(names);
    if (files.isEmpty()) {
      throw new FormatException(
          name,
          "data set",
          "none of its files is read here: " + FormatException.list(names),
          "choose one with .parquet, .jsonl, .json or .txt files");
    }
    return new DatasetFolder(name, DatasetCard.of(folder), files);
  }

  /// Those that hold documents; what is hidden does not.
  private static List<String> dataIn(List<String> names) {
    return names.stream().filter(name -> !isHidden(name) && SplitNames.isData(name)).toList();
  }

  /// The data set in a folder.
  ///
  /// @return empty if it is a folder of other texts: among them one with Java sources, whatever
  ///     lies beside them, unless its `README.md` describes a data set
  /// @throws IOException if the folder or its `README.md` cannot be read
  public static Optional<DatasetFolder> in(Path folder) throws IOException {
    DatasetCard card = DatasetCard.of(folder);
    List<String> names = namesBelow(folder);
    List<String> files = dataIn(names);
    boolean sources = names.stream().anyMatch(name -> name.endsWith(".java"));
    if (!sources && files.isEmpty() && names.stream().anyMatch(name -> name.endsWith(".arrow"))) {
      throw new FormatException(
          folder,
          "data set",
          "is kept in Arrow files, as save_to_disk writes them, which are not read",
          "write it with to_parquet or to_json");
    }
    boolean dataset =
        card.hasSubsets()
            || (!sources
                && (files.stream().anyMatch(file -> file.endsWith(".parquet"))
                    || files.stream().anyMatch(SplitNames::isSharded)
                    || SplitNames.severalByName(files)));
    return dataset && (!files.isEmpty() || card.hasSubsets())
        ? Optional.of(new DatasetFolder(folder.toString(), card, files))
        : Optional.empty();
  }

  /// Whether a file, or a folder above it, is one that `datasets` passes over.
  private static boolean isHidden(String name) {
    return ("/" + name).contains("/.") || ("/" + name).contains("/__");
  }

  private static List<String> namesBelow(Path folder) throws IOException {
    return ForeignFiles.below(folder, name -> !isHidden(name)).stream()
        .map(file -> folder.relativize(file).toString().replace('\\', '/'))
        .sorted()
        .toList();
  }

  /// The files of a part, in the order in which they are read, by their names in the folder.
  ///
  /// @param say told what was chosen where there is something else
  /// @throws FormatException if the part is not there, or not all of it, or it is not clear which
  ///     is meant
  public List<String> files(DatasetPart part, Consumer<String> say) throws IOException {
    Map<String, List<String>> splits = new TreeMap<>();
    String subset;
    if (card.hasSubsets()) {
      subset = choose("subset", card.subsets(), part.subset(), card.usual(), SUBSET_OPTION);
      splits.putAll(card.splits(subset, files));
    } else {
      List<String> subsets = SplitNames.subsets(files);
      subset = choose("subset", subsets, part.subset(), null, SUBSET_OPTION);
      List<String> own =
          subset.isEmpty()
              ? files
              : files.stream().filter(file -> file.startsWith(subset + "/")).toList();
      splits.putAll(SplitNames.splits(own, subset));
    }
    List<String> names = List.copyOf(splits.keySet());
    tellOfNone(subset, splits, say);
    String split = choose("split", names, part.split(), "train", SPLIT_OPTION);
    List<String> chosen = Objects.requireNonNull(splits.get(split));
    card.requireAll(subset, split, files);
    SplitNames.requireAll(name, chosen);
    tell(subset, split, names, chosen.size(), say);
    return List.copyOf(chosen);
  }

  /// The one that was named, or the only one, or the usual one.
  private String choose(
      String what, List<String> there, @Nullable String named, @Nullable String usual, String how)
      throws FormatException {
    if (named != null) {
      if (there.contains(named)) {
        return named;
      }
      throw new FormatException(
          name,
          what + " " + FormatException.quote(named),
          there.isEmpty()
              ? "is not there; the data set has no %ss".formatted(what)
              : "is not there; there are %s".formatted(FormatException.list(there)),
          there.isEmpty() ? "leave it out" : how);
    }
    if (there.size() == 1) {
      return there.getFirst();
    }
    if (usual != null && there.contains(usual)) {
      return usual;
    }
    if (there.isEmpty()) {
      return "";
    }
    throw new FormatException(
        name,
        what,
        "there are several, and none is the usual one: " + FormatException.list(there),
        how);
  }

  /// Files of a subset that no split has are read by nobody who does not name them.
  private void tellOfNone(String subset, Map<String, List<String>> splits, Consumer<String> say) {
    List<String> none =
        files.stream()
            .filter(file -> subset.isEmpty() || file.startsWith(subset + "/"))
            .filter(file -> splits.values().stream().noneMatch(split -> split.contains(file)))
            .toList();
    if (!none.isEmpty() && !card.hasSubsets()) {
      say.accept(
          "%s: not read, because other files name splits and these do not: %s"
              .formatted(name, FormatException.list(none)));
    }
  }

  private void tell(
      String subset, String split, List<String> splits, int count, Consumer<String> say) {
    List<String> others = new ArrayList<>();
    List<String> subsets = card.hasSubsets() ? card.subsets() : SplitNames.subsets(files);
    if (splits.size() > 1) {
      others.add("of the splits " + FormatException.list(splits));
    }
    if (subsets.size() > 1) {
      others.add("of the subsets " + FormatException.list(subsets));
    }
    if (!others.isEmpty()) {
      say.accept(
          "%s: read is the split %s%s, %,d %s (%s)"
              .formatted(
                  name,
                  split,
                  subsets.size() > 1 ? " of the subset " + subset : "",
                  count,
                  count == 1 ? "file" : "files",
                  String.join("; ", others)));
    }
  }
}
