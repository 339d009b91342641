// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.PageSink;
import sae4j.dashboard.SmallDashboard;

class DashboardFolderTest {
  private static final Description DESCRIPTION =
      new Description("title", "relu", "model", "blocks.0.hook_resid_post", "text");

  @TempDir private Path folder = Path.of("");

  private int write(DashboardFolder.Form... forms) throws IOException {
    AtomicInteger told = new AtomicInteger();
    try (Dashboard dashboard = SmallDashboard.open(folder)) {
      new DashboardFolder(folder)
          .write(dashboard, DESCRIPTION, Map.of(), List.of(forms), told::addAndGet);
    }
    return told.get();
  }

  /// Counts the pages it is given, in a file.
  private static final class Counting implements PageSink {
    private final Path file;
    private int pages;

    Counting(Path folder) {
      file = folder.resolve("count");
    }

    @Override
    public void add(List<FeaturePage> more) {
      pages += more.size();
    }

    @Override
    public void finish() throws IOException {
      Files.writeString(file, Integer.toString(pages));
    }
  }

  @Test
  void site_and_forms_get_every_page_and_other_files_stay() throws IOException {
    Path mine = Files.writeString(folder.resolve("mine.txt"), "mine");
    assertThat(write(new DashboardFolder.Form("counted", Counting::new))).isEqualTo(10);
    assertThat(folder.resolve("counted/count")).hasContent("10");
    assertThat(folder.resolve(DashboardFolder.PAGE)).isNotEmptyFile();
    assertThat(folder.resolve(Site.FOLDER + "/data/index.js")).isNotEmptyFile();
    assertThat(mine).hasContent("mine");
    assertThat(new DashboardFolder(folder).isWhole()).isTrue();
    new DashboardFolder(folder).requireRoom();
  }

  @Test
  void where_one_form_fails_nothing_appears() {
    DashboardFolder.Form broken =
        new DashboardFolder.Form(
            "broken",
            into -> {
              throw new IOException("no");
            });
    assertThatThrownBy(() -> write(new DashboardFolder.Form("counted", Counting::new), broken))
        .hasMessage("no");
    assertThat(folder).isEmptyDirectory();
    assertThat(new DashboardFolder(folder).isWhole()).isFalse();
  }

  @Test
  void another_page_is_not_replaced() throws IOException {
    Files.writeString(folder.resolve(DashboardFolder.PAGE), "mine");
    assertThatThrownBy(() -> new DashboardFolder(folder).requireRoom())
        .hasMessageContaining("index.html: is not a dashboard's; choose another folder");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> new DashboardFolder(file).requireRoom())
        .hasMessageContaining("file: is a file; a folder is needed");
  }
}
