// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.acceptance.Launcher.Ended;

/// The backend `tornadovm` without TornadoVM, whether or not this machine has it.
class TornadoVmTest {
  @TempDir private Path folder;

  private Ended without(String... arguments) throws Exception {
    return new Launcher(
            Launcher.ofProject(folder).script(),
            folder,
            Map.of("SAE_SKIP_BUILD", "1", "TORNADOVM_HOME", "/nowhere"))
        .run(arguments);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--backend tornadovm", "--backend=tornadovm"})
  void named_without_an_sdk_it_fails_in_one_line_that_says_how_to_install_one(String option)
      throws Exception {
    Ended ended = without(("bench " + option).split(" "));
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().strip())
        .contains("backend 'tornadovm' cannot run here", "sdk install tornadovm")
        .doesNotContain("\n");
  }

  @Test
  void backends_lists_it_with_the_reason_why_it_cannot_run() throws Exception {
    Ended ended = without("backends");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).containsPattern("tornadovm +unavailable +TornadoVM is not installed");
  }

  @Test
  void another_backend_has_no_tf32_and_says_so() throws Exception {
    Ended ended = without("bench", "--backend", "vector", "--precision", "tf32");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("backend 'vector' has no precision tf32");
    Ended misspelt = without("bench", "--precision", "fp16");
    assertThat(misspelt.exitCode()).isEqualTo(2);
    assertThat(misspelt.err()).contains("'fp16'", "choose fp32 or tf32");
  }
}
