// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import sae4j.backends.onnxruntime.natives.NvidiaDriver.Answer;

class NvidiaDriverTest {
  @TempDir Path scratch;

  @Test
  void no_driver_is_an_answer() {
    assertThat(NvidiaDriver.ask("libno-such-driver.so.1"))
        .isEqualTo(new Answer.Missing("there is no NVIDIA driver (libno-such-driver.so.1)"));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void another_library_is_no_driver() {
    assertThat(NvidiaDriver.ask("libm.so.6"))
        .isInstanceOfSatisfying(
            Answer.Missing.class,
            missing ->
                assertThat(missing.reason())
                    .startsWith("libm.so.6 is no driver of NVIDIA: ")
                    .contains("cuInit"));
  }

  @Test
  void the_build_for_cuda_is_found_where_the_variable_says() throws IOException {
    Path jar = Files.createFile(scratch.resolve("onnxruntime_gpu.jar"));

    assertThat(CudaBuild.find(Map.of(CudaBuild.VARIABLE, jar.toString())))
        .contains(new CudaBuild(jar));
    assertThat(CudaBuild.find(Map.of(CudaBuild.VARIABLE, jar + ".missing"))).isEmpty();
    assertThat(CudaBuild.remedy()).contains(CudaBuild.VARIABLE).doesNotContain("null");
  }
}
