// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// `sae sweep` as a user runs it: interrupted, killed, and started again.
class SweepTest {
  private static final String[] SWEEP = {
    "sweep",
    "--architectures",
    "relu,topk",
    "--l0",
    "4,12",
    "--features",
    "64",
    "--steps",
    "60",
    "--batch",
    "64",
    "--tokens",
    "4000",
    "--heldout-documents",
    "2",
    "--heldout-tokens",
    "600",
    "--at-once",
    "2",
    "--json"
  };

  @TempDir private Path folder = Path.of("");
  private Launcher sae = new Launcher(folder, folder, Map.of());

  @BeforeEach
  void find_the_launcher() {
    sae = Launcher.ofProject(folder);
  }

  private static String[] into(String out, String... more) {
    return Stream.of(SWEEP, new String[] {"--out", out}, more)
        .flatMap(Arrays::stream)
        .toArray(String[]::new);
  }

  @Test
  void a_killed_sweep_goes_on_and_ends_with_the_same_numbers() throws Exception {
    Ended whole = sae.run(into("whole"));
    assertThat(whole.exitCode()).as(whole.err()).isZero();
    Running killed = sae.start(into("killed"));
    killed.awaitFile(folder.resolve("killed/relu-l0-4/metrics.json"), Duration.ofMinutes(3));
    killed.process().destroyForcibly().waitFor();
    assertThat(folder.resolve("killed/topk-k-12/metrics.json")).doesNotExist();
    Ended resumed = sae.run(into("killed"));
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    JsonNode saes = new JsonMapper().readTree(resumed.out()).path("saes");
    assertThat(saes).isEqualTo(new JsonMapper().readTree(whole.out()).path("saes"));
    assertThat(saes).hasSize(4);
    assertThat(saes.path(3).path("l0").path("value").doubleValue()).isBetween(11.0, 12.0);
    for (String ending : List.of("svg", "png", "html", "csv", "json")) {
      assertThat(folder.resolve("killed/tradeoff." + ending))
          .hasSameBinaryContentAs(folder.resolve("whole/tradeoff." + ending));
    }
    assertThat(Files.readString(folder.resolve("whole/tradeoff.html")))
        .contains("Loss Recovered", "topk", "relu")
        .doesNotContain("http://www.w3.org/1999", "src=");
    assertThat(Files.readAllLines(folder.resolve("whole/tradeoff.csv"))).hasSize(5);
  }

  @Test
  void another_sweep_in_the_same_folder_is_refused_by_the_option_that_differs() throws Exception {
    Running begun = sae.start(into("begun"));
    begun.awaitFile(folder.resolve("begun/sweep.json"), Duration.ofMinutes(3));
    begun.process().destroyForcibly().waitFor();
    Ended other = sae.run(into("begun", "--tokens", "5000"));
    assertThat(other.exitCode()).isEqualTo(2); // given twice
    String[] changed = into("begun");
    changed[12] = "5000";
    Ended refused = sae.run(changed);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("tokens 4000, not 5000").doesNotContain("\tat");
  }

  @Test
  void a_text_that_is_held_out_as_a_whole_is_refused_and_leaves_nothing() throws Exception {
    Files.writeString(folder.resolve("one.txt"), "class One {}\n".repeat(40));
    Ended refused = sae.run(into("none", "--text", "one.txt"));
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("one.txt, documents 2 on", "--heldout-documents");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void a_sparsity_that_cannot_be_is_refused_by_name() throws Exception {
    Ended refused = sae.run("sweep", "--features", "16", "--l0", "32", "--out", "x");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("--l0 is 32", "16");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void a_setting_that_no_architecture_of_the_grid_has_is_refused_by_name() throws Exception {
    Ended refused =
        sae.run("sweep", "--architectures", "relu,topk", "--set", "bandwidth=2", "--out", "silent");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .contains("--set is bandwidth=2", "none of relu, topk", "aux-k", "penalty")
        .doesNotContain("\tat");
    assertThat(folder.resolve("silent")).doesNotExist();
  }
}
