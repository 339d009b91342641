// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// A capture that is killed at any moment, or stopped with Ctrl-C, and resumed writes the same
/// bytes as an uninterrupted one.
class CaptureKilledTest {
  private static final int KILLS = 3;

  @TempDir private Path folder = Path.of("");
  private Launcher sae = new Launcher(folder, folder, Map.of());

  @BeforeEach
  void find_the_program() {
    sae = Launcher.ofProject(folder);
  }

  private static String[] capture(String out) {
    return new String[] {
      "capture",
      "--text",
      Launcher.projectRoot().resolve("reference/activations").toString(),
      "--hook",
      "blocks.0.hook_resid_post",
      "--max-tokens",
      "20000",
      "--batch",
      "1",
      "--shard-tokens",
      "128",
      "--out",
      out
    };
  }

  private static String[] train(String activations, String out) {
    return new String[] {
      "train",
      "--activations",
      activations,
      "--features",
      "16",
      "--batch",
      "8",
      "--steps",
      "2",
      "--backend",
      "ejml",
      "--out",
      out
    };
  }

  private Map<String, byte[]> content(String name) throws IOException {
    Map<String, byte[]> content = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder.resolve(name))) {
      for (Path file : files.toList()) {
        if (!file.endsWith(".sae4j.json")) {
          content.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
        }
      }
    }
    return content;
  }

  private long shards(String name) throws IOException {
    if (!Files.isDirectory(folder.resolve(name))) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder.resolve(name))) {
      return files.filter(file -> file.getFileName().toString().startsWith("shard-")).count();
    }
  }

  /// Starts the capture and waits until it has written a few more shards.
  private Running startAndWait(String out, long more) throws IOException, InterruptedException {
    long before = shards(out);
    Running running = sae.start(capture(out));
    long deadline = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (shards(out) < before + more && running.process().isAlive()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(1);
    }
    return running;
  }

  private void assertThatTheSameCommandEndsLikeOneLeftAlone(String out) throws Exception {
    Ended resumed = sae.run(capture(out));
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("going on after");
    Ended whole = sae.run(capture("whole"));
    assertThat(whole.exitCode()).as(whole.err()).isZero();
    Map<String, byte[]> expected = content("whole");
    Map<String, byte[]> found = content(out);
    assertThat(expected).hasSize(2 * 157 + 1);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach((file, bytes) -> assertThat(found.get(file)).as(file).isEqualTo(bytes));
  }

  @Test
  void a_capture_killed_at_random_moments_ends_like_one_left_alone() throws Exception {
    Random random = new Random();
    for (int kill = 0; kill < KILLS; kill++) {
      Running running = startAndWait("killed", 2 + random.nextInt(12));
      Thread.sleep(0, random.nextInt(999_999)); // at any moment while a shard is written
      running.process().destroyForcibly();
      assertThat(running.await().exitCode()).isEqualTo(128 + 9);
    }
    assertThatTheSameCommandEndsLikeOneLeftAlone("killed");
  }

  @Test
  void ctrl_c_keeps_whole_shards_says_how_to_go_on_and_exits_with_130() throws Exception {
    Launcher.assumeCtrlCIsHeard();
    Running running = startAndWait("stopped", 3);
    running.send("INT");
    Ended ended = running.await();
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(130);
    assertThat(ended.err()).contains("whole shards; the same command goes on");
    assertThat(content("stopped").keySet()).noneMatch(name -> name.endsWith(".partial"));
    Ended trained = sae.run(train("stopped", "of_a_part"));
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.err()).contains("stopped: the capture was stopped before its end, and has");
    assertThatTheSameCommandEndsLikeOneLeftAlone("stopped");
  }
}
