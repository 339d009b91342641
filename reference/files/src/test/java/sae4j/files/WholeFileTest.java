// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.references.ConfinedPath;
import sae4j.files.whole.WholeFile;

final class WholeFileTest {
  @TempDir private Path folder;

  @Test
  void a_pipe_a_device_and_a_folder_are_no_files_of_a_folder() throws Exception {
    Path pipe = folder.resolve("config.json");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
    assertThatThrownBy(() -> WholeFile.bytes(pipe))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("is not a regular file");
    Path endless = Files.createSymbolicLink(folder.resolve("zero"), Path.of("/dev/zero"));
    assertThatThrownBy(() -> WholeFile.text(endless)).hasMessageContaining("not a regular file");
    assertThatThrownBy(() -> WholeFile.named(endless)).hasMessageContaining("is larger than 512");
    assertThatThrownBy(() -> WholeFile.bytes(folder)).hasMessageContaining("is a folder");
    assertThatThrownBy(() -> WholeFile.bytes(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void a_regular_file_is_read_and_so_is_a_link_to_one() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "é");
    Path link = Files.createSymbolicLink(folder.resolve("b"), file);
    assertThat(WholeFile.text(link)).isEqualTo("é");
    assertThat(WholeFile.namedText(file)).isEqualTo("é");
  }

  @Test
  void what_is_shown_of_a_folder_is_not_read_through_a_link_out_of_it() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "s");
    Path model = Files.createDirectory(folder.resolve("model"));
    Path inside = Files.writeString(model.resolve("own"), "o");
    Path link = Files.createSymbolicLink(model.resolve("chat_template.jinja"), secret);
    assertThatThrownBy(() -> ConfinedPath.requireInside(link, "chat template"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("leads out of its folder");
    ConfinedPath.requireInside(inside, "chat template");
    ConfinedPath.requireInside(
        Files.createSymbolicLink(model.resolve("other"), inside), "chat template");
  }
}
