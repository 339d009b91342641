// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// The launcher in a separate project tree, with a fake Maven and a fake Java that record how they
/// were called.
class LauncherTest {
  @TempDir private Path folder = Path.of("");

  private Path root = Path.of("");
  private Path jdk = Path.of("");
  private Launcher launcher = new Launcher(root, root, Map.of());

  @BeforeEach
  void make_a_tree() throws IOException {
    root = folder.resolve("a project");
    jdk = fakeJdk("25.0.3");
    for (String each : new String[] {"reference", "backends", "cli/bin", ".mvn"}) {
      Files.createDirectories(root.resolve(each));
    }
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.copy(Launcher.projectRoot().resolve("cli/bin/sae"), root.resolve("cli/bin/sae"));
    executable(
        folder.resolve("path/mvn"),
        ("sleep 0.5; echo built >> '%s/builds'; mkdir -p cli/target/lib; "
                + "touch cli/target/sae4j-cli-1.jar")
            .formatted(folder));
    launcher = launcherWith(jdk);
  }

  private Launcher launcherWith(Path javaHome) {
    String path = folder.resolve("path") + ":" + System.getenv("PATH");
    return new Launcher(
        root.resolve("cli/bin/sae"),
        folder,
        Map.of("PATH", path, "SAE_JAVA_HOME", javaHome.toString()));
  }

  private Path fakeJdk(String version) throws IOException {
    Path home = folder.resolve("jdk " + version);
    executable(home.resolve("bin/java"), "for last; do :; done; echo \"java ran with $last\"");
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"%s\"\n".formatted(version));
    return home;
  }

  private static void executable(Path file, String script) throws IOException {
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    if (!file.toFile().setExecutable(true)) {
      throw new IOException(file + " cannot be made executable");
    }
  }

  private long builds() throws IOException {
    Path log = folder.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log).size() : 0;
  }

  @Test
  void it_builds_on_first_use_and_only_then() throws Exception {
    Ended first = launcher.run("one");
    Ended second = launcher.run("two");
    assertThat(first.err()).isEqualTo("building sae4j (first use)…\n");
    assertThat(first.out()).isEqualTo("java ran with one\n");
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).isEqualTo("java ran with two\n");
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void two_that_start_together_build_once() throws Exception {
    Running first = launcher.start("one");
    Running second = launcher.start("two");
    assertThat(first.await().out()).isEqualTo("java ran with one\n");
    assertThat(second.await().out()).isEqualTo("java ran with two\n");
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void a_builder_that_died_does_not_block_the_next() throws Exception {
    Files.createDirectories(root.resolve("target/building"));
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.writeString(root.resolve("target/building/pid"), dead.pid() + "\n");
    assertThat(launcher.run("one").out()).isEqualTo("java ran with one\n");
  }

  @Test
  void it_builds_again_when_a_source_or_a_pom_is_newer_but_not_for_a_test() throws Exception {
    launcher.run();
    Path test = root.resolve("reference/tensor/src/test/ATest.java");
    Files.createDirectories(test.resolveSibling("."));
    writeInTheFuture(test);
    launcher.run();
    assertThat(builds()).isEqualTo(1);
    writeInTheFuture(root.resolve("reference/tensor/pom.xml"));
    assertThat(launcher.run().err()).isEqualTo("building sae4j (sources have changed)…\n");
    assertThat(builds()).isEqualTo(2);
  }

  private static void writeInTheFuture(Path file) throws IOException {
    Files.writeString(file, "");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
  }

  @Test
  void a_build_that_fails_shows_its_output() throws Exception {
    executable(folder.resolve("path/mvn"), "echo 'no such artifact'; exit 1");
    Ended ended = launcher.run();
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .contains("no such artifact", "sae: the build failed", "target/build.log");
    assertThat(root.resolve("target/building")).doesNotExist();
  }

  @Test
  void it_works_through_a_symbolic_link() throws Exception {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, root.resolve("cli/bin/sae"));
    Launcher linked = new Launcher(link, folder.resolve("path"), launcher.environment());
    assertThat(linked.run("here").out()).isEqualTo("java ran with here\n");
  }

  /// Runs the launcher at the end of a shell script.
  private Ended runAfter(String script) throws Exception {
    Path wrapper = folder.resolve("wrapper");
    executable(wrapper, script + "\nexec '" + root.resolve("cli/bin/sae") + "' one");
    return new Launcher(wrapper, folder, launcher.environment()).run();
  }

  @Test
  void surroundings_in_which_java_would_not_start_are_refused_with_the_remedy() throws Exception {
    Ended few = runAfter("ulimit -n 40");
    assertThat(few.exitCode()).isEqualTo(1);
    assertThat(few.err()).hasLineCount(1).contains("no more than 40 files", "ulimit -n");

    Ended gone = runAfter("mkdir gone && cd gone && rmdir ../gone");
    assertThat(gone.exitCode()).isEqualTo(1);
    assertThat(gone.out()).isEmpty();
    assertThat(gone.err().lines().toList().getLast())
        .contains("the current folder is gone; change to another one");
    assertThat(builds()).isZero();
  }

  @Test
  void a_jdk_that_is_too_old_is_refused_with_the_remedy() throws Exception {
    Ended ended = launcherWith(fakeJdk("17.0.15")).run();
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .hasLineCount(1)
        .contains("jdk 17.0.15", "no JDK 25 or newer", "correct it or unset it");
    assertThat(builds()).isZero();
  }
}
