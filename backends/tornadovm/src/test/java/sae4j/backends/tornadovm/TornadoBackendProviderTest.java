// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.tensor.BackendProvider.Availability.Unavailable;

/// Each way of not having TornadoVM is one line with a remedy.
class TornadoBackendProviderTest {
  private static final String VERSION = TornadoBackendProvider.VERSION;

  @TempDir private Path folder;

  @Test
  void the_version_is_one_of_tornadovm_s_for_this_java() {
    assertThat(VERSION).matches("\\d+\\.\\d+\\.\\d+-jdk25");
  }

  @Test
  void without_an_sdk_the_line_says_how_to_install_one() {
    assertThatThrownBy(() -> TornadoBackendProvider.requireStarted(false, Optional.empty()))
        .hasMessageContaining("not installed")
        .hasMessageContaining("sdk install tornadovm " + VERSION + "-opencl")
        .hasMessageNotContaining("\n");
  }

  @Test
  void with_an_sdk_that_java_was_started_without_the_line_names_its_argument_file() {
    assertThatThrownBy(() -> TornadoBackendProvider.requireStarted(false, Optional.of(folder)))
        .hasMessageContaining("started without it")
        .hasMessageContaining("@" + folder.resolve("tornado-argfile"));
    assertThatCode(() -> TornadoBackendProvider.requireStarted(true, Optional.empty()))
        .doesNotThrowAnyException();
  }

  @Test
  void another_version_is_named_beside_the_one_that_is_needed() throws IOException {
    Files.createFile(folder.resolve("tornado-api-4.0.0-jdk21.jar"));
    for (String path :
        new String[] {
          ".:" + folder, folder.resolve("tornado-api-4.0.0-jdk21.jar") + ":elsewhere.jar"
        }) {
      assertThatThrownBy(() -> TornadoBackendProvider.requireVersion(path))
          .hasMessageContaining("4.0.0-jdk21")
          .hasMessageContaining(VERSION)
          .hasMessageNotContaining("\n");
    }
    assertThatThrownBy(() -> TornadoBackendProvider.requireVersion(""))
        .hasMessageContaining("incomplete");
    Files.createFile(folder.resolve("tornado-api-" + VERSION + ".jar"));
    assertThatCode(() -> TornadoBackendProvider.requireVersion(folder.toString()))
        .doesNotThrowAnyException();
  }

  @Test
  void in_a_jvm_without_tornadovm_the_backend_says_so_and_does_not_open() {
    TornadoBackendProvider provider = new TornadoBackendProvider();
    assertThat(provider.availability()).isInstanceOf(Unavailable.class);
    assertThatThrownBy(provider::open)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("backend 'tornadovm' cannot run here: ")
        .hasMessageNotContaining("\n");
  }
}
