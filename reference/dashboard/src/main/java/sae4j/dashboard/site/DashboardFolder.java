// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeatureName;
import sae4j.dashboard.PageSink;
import sae4j.files.output.OutputFolder;

/// Writes a dashboard into a folder: `index.html`, beside it `dashboard/` with what that needs, and
/// a folder for each further form. Other files in the folder stay as they are.
///
/// @param path the folder
public record DashboardFolder(Path path) {
  /// The page to open.
  public static final String PAGE = "index.html";

  /// A further form of the dashboard.
  ///
  /// @param name of its folder
  /// @param into makes it, given an empty folder
  public record Form(String name, Opening into) {}

  /// Begins to write into an empty folder.
  @FunctionalInterface
  public interface Opening {
    /// @param folder exists and is empty
    PageSink open(Path folder) throws IOException;
  }

  /// What a dashboard with further forms writes into a folder, for [OutputFolder#addTo].
  ///
  /// @param forms names of the further forms
  public static List<String> entries(Collection<String> forms) {
    List<String> entries = new ArrayList<>(List.of(PAGE, Site.FOLDER));
    entries.addAll(forms);
    return entries;
  }

  /// Whether there is a dashboard.
  public boolean isWhole() {
    return Files.isRegularFile(path.resolve(PAGE)) && Files.isDirectory(path.resolve(Site.FOLDER));
  }

  /// The SAE whose features it shows; empty where an earlier build wrote it, which did not say.
  ///
  /// @throws IOException if the dashboard is damaged
  public Optional<ShownSae> shownSae() throws IOException {
    return ShownSae.in(path.resolve(Site.FOLDER));
  }

  /// Writes all of it. Each folder is replaced as a whole, the page last.
  ///
  /// @param folder claimed for [#entries]
  /// @param names of features, by their number
  /// @param forms further ones
  /// @param progress told how many features each block of pages has
  /// @throws IOException if the folder cannot be written
  public static void write(
      OutputFolder folder,
      Dashboard dashboard,
      Description description,
      Map<Integer, FeatureName> names,
      List<Form> forms,
      IntConsumer progress)
      throws IOException {
    List<Form> all = new ArrayList<>();
    all.add(new Form(Site.FOLDER, site -> new Site(site, dashboard, description, names)));
    all.addAll(forms);
    into(
        folder,
        all,
        new ArrayList<>(),
        sinks -> {
          int features = dashboard.features();
          for (int first = 0; first < features; first += Site.FEATURES_A_SCRIPT) {
            int count = Math.min(Site.FEATURES_A_SCRIPT, features - first);
            var pages = dashboard.pages(first, count);
            for (PageSink sink : sinks) {
              sink.add(pages);
            }
            progress.accept(count);
          }
          for (PageSink sink : sinks) {
            sink.finish();
          }
        });
    folder.write(PAGE, Site.page());
    folder.keep();
  }

  @FunctionalInterface
  private interface Writing {
    void into(List<PageSink> sinks) throws IOException;
  }

  /// Opens one form after another, so that each becomes whole only if all do.
  private static void into(
      OutputFolder folder, List<Form> left, List<PageSink> open, Writing writing)
      throws IOException {
    if (left.isEmpty()) {
      writing.into(open);
      return;
    }
    folder.replaceFolder(
        left.getFirst().name,
        form -> {
          open.add(left.getFirst().into.open(form));
          into(folder, left.subList(1, left.size()), open, writing);
        });
  }
}
