// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// Where native code is unpacked, and where a model computes.
class NativeCodeTest {
  @TempDir private Path folder = Path.of("");
  private Path temporary = Path.of("");
  private Path cache = Path.of("");
  private Launcher sae = new Launcher(folder, folder, Map.of());

  @BeforeEach
  void start() throws IOException {
    temporary = Files.createDirectory(folder.resolve("temporary"));
    cache = folder.resolve("cache");
    sae =
        new Launcher(
            Launcher.projectRoot().resolve("cli/bin/sae"),
            folder,
            Map.of(
                "SAE_SKIP_BUILD",
                "1",
                "SAE_JAVA_OPTS",
                "-Djava.io.tmpdir=" + temporary,
                "XDG_CACHE_HOME",
                cache.toString()));
    Files.writeString(folder.resolve("A.java"), "class A { int a = 1; /** doc */ void f() {} }\n");
  }

  private String[] capture(String out, String... more) {
    return Stream.concat(
            Stream.of(
                "capture", "--text", "A.java", "--hook", "blocks.0.hook_resid_post", "--out", out),
            Stream.of(more))
        .toArray(String[]::new);
  }

  private static List<String> filesBelow(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void native_code_is_unpacked_into_the_users_cache_once_and_a_killed_process_leaves_nothing()
      throws Exception {
    assertThat(sae.run(capture("first")).exitCode()).isZero();
    assertThat(filesBelow(temporary)).isEmpty();
    List<String> unpacked = filesBelow(cache);
    assertThat(unpacked)
        .anyMatch(file -> file.startsWith("sae4j/native/onnxruntime-"))
        .anyMatch(file -> file.startsWith("sae4j/tokenizers/"));
    Path library =
        cache.resolve(unpacked.stream().filter(file -> file.contains("jni")).findFirst().get());
    Object written = Files.getLastModifiedTime(library);

    Running killed =
        sae.start(
            "train",
            "--text",
            Launcher.projectRoot().resolve("reference").toString(),
            "--hook",
            "blocks.0.hook_resid_post",
            "--features",
            "64",
            "--out",
            "run");
    killed.awaitFile(folder.resolve("run"), Duration.ofMinutes(2));
    killed.send("KILL");
    killed.await();

    assertThat(filesBelow(temporary)).isEmpty();
    assertThat(filesBelow(cache)).isEqualTo(unpacked);
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(written);
  }

  @Test
  void without_a_cache_native_code_goes_into_a_temporary_folder_and_out_of_it_again()
      throws Exception {
    Files.createFile(cache); // a file stands where the folder would

    assertThat(sae.run(capture("first")).exitCode()).isZero();
    assertThat(filesBelow(temporary)).isEmpty();
  }

  @Test
  void a_device_that_is_not_there_is_refused_or_passed_over_as_was_asked() throws Exception {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "there is a GPU");
    Ended refused = sae.run(capture("refused", "--device", "cuda"));
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err().strip())
        .doesNotContain("\n")
        .startsWith("sae capture: device cuda: ")
        .endsWith("or give --device cpu");
    assertThat(folder.resolve("refused")).doesNotExist();

    Ended passedOver = sae.run(capture("auto", "--device", "auto"));
    assertThat(passedOver.exitCode()).isZero();
    assertThat(passedOver.err()).contains("java-gpt2-tiny: computes on the CPU, because ");

    Ended unknown = sae.run(capture("unknown", "--device", "gpu"));
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("--device is gpu; choose cpu, cuda or auto");
  }
}
