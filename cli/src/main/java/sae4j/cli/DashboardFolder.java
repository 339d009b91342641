package sae4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sae4j.cli.terminal.Failure;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeatureName;
import sae4j.dashboard.PageSink;
import sae4j.dashboard.site.Description;
import sae4j.dashboard.site.Site;
import sae4j.files.AtomicWrite;

/// Writes a dashboard into a folder: `index.html`, beside it `dashboard/` with what that needs, and
/// a folder for each further form. Other files in the folder stay as they are.
///
/// @param path the folder
record DashboardFolder(Path path) {
  /// The page to open.
  static final String PAGE = "index.html";

  /// A further form of the dashboard.
  ///
  /// @param name of its folder
  /// @param into makes it, given an empty folder
  record Form(String name, Opening into) {}

  /// Begins to write into an empty folder.
  @FunctionalInterface
  interface Opening {
    PageSink open(Path folder) throws IOException;
  }

  /// Checks, before any work, that no other page is in the way.
  ///
  /// @throws Failure if there is one
  void requireRoom() {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new Failure("%s: is a file; a folder is needed, choose another --out".formatted(path));
    }
    if (Files.exists(path.resolve(PAGE)) && !Files.isDirectory(path.resolve(Site.FOLDER))) {
      throw new Failure(
          "%s: is not a dashboard's; choose another --out".formatted(path.resolve(PAGE)));
    }
  }

  /// Whether there is a dashboard.
  boolean isWhole() {
    return Files.isRegularFile(path.resolve(PAGE)) && Files.isDirectory(path.resolve(Site.FOLDER));
  }

  /// Writes all of it.
  ///
  /// @param forms further ones
  /// @param progress told how many features each block of pages has
  void write(
      Dashboard dashboard,
      Description description,
      Map<Integer, FeatureName> names,
      List<Form> forms,
      StoredReading.Progress progress)
      throws IOException {
    List<Form> all = new ArrayList<>();
    all.add(new Form(Site.FOLDER, folder -> new Site(folder, dashboard, description, names)));
    all.addAll(forms);
    into(
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
            progress.read(count);
          }
          for (PageSink sink : sinks) {
            sink.finish();
          }
        });
    AtomicWrite.file(path.resolve(PAGE), Site.page());
  }

  @FunctionalInterface
  private interface Writing {
    void into(List<PageSink> sinks) throws IOException;
  }

  /// Opens one form after another, so that each becomes whole only if all do.
  private void into(List<Form> left, List<PageSink> open, Writing writing) throws IOException {
    if (left.isEmpty()) {
      writing.into(open);
      return;
    }
    AtomicWrite.folder(
        path.resolve(left.getFirst().name),
        folder -> {
          open.add(left.getFirst().into.open(folder));
          into(left.subList(1, left.size()), open, writing);
        });
  }
}
