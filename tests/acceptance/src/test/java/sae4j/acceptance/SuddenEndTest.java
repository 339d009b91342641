// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// A signal ends the program at any moment, also while native code makes a session of a model: with
/// the signal's exit code, without a word of a crash, and without a file of one.
class SuddenEndTest {
  private static final int SIGNALS = 10;

  @TempDir private Path folder = Path.of("");

  @Test
  void a_signal_while_a_model_is_opened_and_run_is_no_crash() throws Exception {
    Launcher.assumeCtrlCIsHeard();
    Launcher sae = Launcher.ofProject(folder);
    Files.writeString(folder.resolve("A.java"), "class A { int a = 1; }\n".repeat(400));
    assertThat(
            sae.run(
                    "train",
                    "--text",
                    "A.java",
                    "--hook",
                    "blocks.1.hook_resid_post",
                    "--features",
                    "32",
                    "--steps",
                    "5",
                    "--batch",
                    "64",
                    "--buffer",
                    "128",
                    "--out",
                    "trained")
                .exitCode())
        .isZero();
    int stopped = 0;
    for (int i = 0; i < SIGNALS; i++) {
      boolean interrupt = i % 2 == 0;
      Running steer =
          sae.start(
              "steer",
              "--sae",
              "trained",
              "--feature",
              "1:2",
              "--prompt",
              "class A {",
              "--max-tokens",
              "100");
      Thread.sleep(400 + 70L * i);
      steer.send(interrupt ? "INT" : "TERM");
      Ended ended = steer.await();
      assertThat(ended.exitCode()).as(ended.err()).isIn(0, interrupt ? 130 : 143);
      assertThat(ended.out() + ended.err()).doesNotContain("fatal error");
      stopped += ended.exitCode() == 0 ? 0 : 1;
    }
    assertThat(stopped).isPositive();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("A.java", "trained");
    }
  }
}
