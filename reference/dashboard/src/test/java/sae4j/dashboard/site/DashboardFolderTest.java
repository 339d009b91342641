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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.PageSink;
import sae4j.dashboard.SmallDashboard;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;

class DashboardFolderTest {
  private static final ShownSae SAE = new ShownSae("trained", "0123");
  private static final Description DESCRIPTION =
      new Description("title", "relu", "model", "blocks.0.hook_resid_post", "text", SAE);

  private static final OutputFolder.Claimant FEATURES =
      new OutputFolder.Claimant("sae features", "1");

  @TempDir private Path folder = Path.of("");

  private int write(DashboardFolder.Form... forms) throws IOException {
    AtomicInteger told = new AtomicInteger();
    List<String> names = Stream.of(forms).map(DashboardFolder.Form::name).toList();
    try (OutputFolder claimed =
            OutputFolder.addTo(folder, FEATURES, DashboardFolder.entries(names));
        Dashboard dashboard = SmallDashboard.open(folder)) {
      DashboardFolder.write(
          claimed, dashboard, DESCRIPTION, Map.of(), List.of(forms), told::addAndGet);
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
  }

  @Test
  void a_dashboard_of_ours_is_replaced() throws IOException {
    write(new DashboardFolder.Form("counted", Counting::new));
    assertThat(write(new DashboardFolder.Form("counted", Counting::new))).isEqualTo(10);
    assertThat(folder.resolve("counted/count")).hasContent("10");
  }

  @Test
  void a_dashboard_says_whose_features_it_shows() throws IOException {
    write();
    assertThat(new DashboardFolder(folder).shownSae()).hasValue(SAE);
  }

  @Test
  void a_dashboard_of_before_does_not_say_it() throws IOException {
    write();
    Files.delete(folder.resolve(Site.FOLDER + "/sae.json"));
    assertThat(new DashboardFolder(folder).shownSae()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"format\": \"sae4j dashboard 1\", \"sae\": \"trained\"}",
        "{\"format\": \"sae4j dashboard 1\", \"sae\": 5, \"sum\": \"0123\"}",
        "{\"format\": \"another\", \"sae\": \"trained\", \"sum\": \"0123\"}",
        "{\"sae\": \"trained\", \"sum\": \"0123\"}",
        "sum"
      })
  void a_damaged_record_of_the_sae_is_refused_by_its_file(String damaged) throws IOException {
    write();
    Files.writeString(folder.resolve(Site.FOLDER + "/sae.json"), damaged);
    assertThatThrownBy(() -> new DashboardFolder(folder).shownSae())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("sae.json");
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

  @ParameterizedTest
  @ValueSource(strings = {"index.html", "dashboard/my-notes.txt", "counted/thesis.txt"})
  void nothing_of_somebody_else_is_replaced(String foreign) throws IOException {
    Path file = folder.resolve(foreign);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "mine");
    assertThatThrownBy(() -> write(new DashboardFolder.Form("counted", Counting::new)))
        .hasMessageContaining("was not written by sae4j and would be lost");
    assertThat(file).hasContent("mine");
  }
}
