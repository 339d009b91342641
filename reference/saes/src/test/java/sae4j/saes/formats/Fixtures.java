// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.weights.SaeWeights;

/// SAEs that the field's tools wrote, with what they compute. `sae_formats.py` among the golden
/// scripts made them.
final class Fixtures {
  private Fixtures() {}

  /// The folder of each.
  static List<Path> all() {
    try (Stream<Path> folders = Files.list(root())) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("expected.safetensors")))
          .sorted()
          .toList();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  static Path root() {
    try {
      Path one =
          Path.of(Objects.requireNonNull(Fixtures.class.getResource("saelens_standard")).toURI());
      return Objects.requireNonNull(one.getParent());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// What is given to a reader: the folder, or the file in it where the format is one file.
  static Path path(Path folder) {
    return Stream.of("autoencoder.pt", "sae.pth")
        .map(folder::resolve)
        .filter(Files::exists)
        .findFirst()
        .orElse(folder);
  }

  /// Where an SAE can be written in a format: a folder or a file, whose name says k where there is
  /// one.
  static Path place(Path folder, SaeFormat format, SaeWeights weights) {
    String k = weights.k() == null ? "" : "-L0_" + weights.k();
    return folder.resolve(format.name() + k + (format.writesFolder(folder) ? "" : ".pt"));
  }

  /// Copies the folder of one, to be changed.
  ///
  /// @return where it is now
  static Path copy(String name, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(named(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  /// Puts another text into the place of one that a file must have.
  static void change(Path file, String text, String by) throws IOException {
    String before = Files.readString(file);
    assertThat(before).contains(text);
    Files.writeString(file, before.replace(text, by));
  }

  static Path named(String name) {
    return path(root().resolve(name));
  }

  /// Activations, or the tool's codes or reconstruction of them.
  static double[] expected(Path folder, String what) throws IOException {
    try (Safetensors expected = Safetensors.open(folder.resolve("expected.safetensors"))) {
      return expected.tensor(what).doubles();
    }
  }
}
