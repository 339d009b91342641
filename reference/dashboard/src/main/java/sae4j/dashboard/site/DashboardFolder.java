// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeatureName;
import sae4j.dashboard.PageSink;
import sae4j.files.AtomicWrite;

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

  /// Checks, before any work, that nothing else is in the way: [#write] replaces a dashboard, and
  /// no other page.
  ///
  /// @throws IllegalStateException if something is
  public void requireRoom() {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new IllegalStateException(
          "%s: is a file; a folder is needed, choose another one".formatted(path));
    }
    if (Files.exists(path.resolve(PAGE)) && !Files.isDirectory(path.resolve(Site.FOLDER))) {
      throw new IllegalStateException(
          "%s: is not a dashboard's; choose another folder".formatted(path.resolve(PAGE)));
    }
  }

  /// Whether there is a dashboard.
  public boolean isWhole() {
    return Files.isRegularFile(path.resolve(PAGE)) && Files.isDirectory(path.resolve(Site.FOLDER));
  }

  /// Writes all of it. Each folder is replaced as a whole, the page last.
  ///
  /// @param names of features, by their number
  /// @param forms further ones
  /// @param progress told how many features each block of pages has
  /// @throws IOException if the folder cannot be written
  public void write(
      Dashboard dashboard,
      Description description,
      Map<Integer, FeatureName> names,
      List<Form> forms,
      IntConsumer progress)
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
            progress.accept(count);
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
