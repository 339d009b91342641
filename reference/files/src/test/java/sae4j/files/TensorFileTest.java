// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.numpy.Npy;
import sae4j.files.numpy.Npz;
import sae4j.files.safetensors.Safetensors;

class TensorFileTest {
  @TempDir private Path folder;

  @Test
  void the_format_is_recognised_by_content_whatever_the_extension() throws IOException {
    for (Map.Entry<String, Class<?>> kind :
        Map.<String, Class<?>>of(
                "all.safetensors", Safetensors.class, "matrix.npy", Npy.class, "all.npz", Npz.class)
            .entrySet()) {
      Path disguised = folder.resolve(kind.getKey() + ".bin");
      Files.copy(Fixtures.path(kind.getKey()), disguised);
      try (TensorFile file = TensorFile.open(disguised)) {
        assertThat(file).isInstanceOf(kind.getValue());
      }
    }
  }

  @Test
  void other_files_are_refused_with_what_they_are() throws IOException {
    for (Map.Entry<String, String> stranger :
        Map.of(
                "",
                "empty",
                "version https://git-lfs.github.com/spec/v1\n",
                "git lfs pull",
                "GGUF....",
                "GGUF",
                "{\"a\": 1}",
                "JSON",
                "\u001f\u008b\b",
                "gzip",
                "hello, world",
                "no known format")
            .entrySet()) {
      Path path = folder.resolve("stranger");
      Files.write(path, stranger.getKey().getBytes(StandardCharsets.ISO_8859_1));
      assertThatThrownBy(() -> TensorFile.open(path))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(stranger.getValue());
    }
    assertThatThrownBy(() -> TensorFile.open(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("file: is a folder; give one");
    assertThatThrownBy(() -> TensorFile.open(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void the_only_matrix_is_found_and_several_are_listed() throws IOException {
    Path path = folder.resolve("a.safetensors");
    TensorData bias = TensorData.floats("bias", new float[3], 3);
    TensorData counts = TensorData.longs("counts", new long[4], 2, 2);
    TensorData acts = TensorData.floats("acts", new float[6], 2, 3);
    Safetensors.write(path, Map.of(), List.of(bias, counts, acts));
    try (TensorFile file = TensorFile.open(path)) {
      assertThat(file.only2d(null).name()).isEqualTo("acts");
      assertThat(file.only2d("acts").name()).isEqualTo("acts");
      assertThatThrownBy(() -> file.only2d("counts"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("is I64[2, 2]")
          .hasMessageContaining("choose one of: acts F32[2, 3]");
      assertThatThrownBy(() -> file.only2d("nothing"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("'nothing'")
          .hasMessageContaining("bias F32[3]");
    }
    Safetensors.write(path, Map.of(), List.of(acts, TensorData.floats("more", new float[4], 1, 4)));
    try (TensorFile file = TensorFile.open(path)) {
      assertThatThrownBy(() -> file.only2d(null))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("2 are matrices; name one of: acts F32[2, 3], more F32[1, 4]");
    }
    Safetensors.write(path, Map.of(), List.of(bias));
    try (TensorFile file = TensorFile.open(path)) {
      assertThatThrownBy(() -> file.only2d(null))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("bias F32[3]");
    }
  }

  @Test
  void wrong_shapes_types_and_values_are_named() throws IOException {
    Path path = folder.resolve("a.safetensors");
    float[] values = new float[20_000];
    values[15_007] = Float.NaN;
    values[15_008] = Float.POSITIVE_INFINITY;
    Safetensors.write(
        path,
        Map.of(),
        List.of(
            TensorData.floats("w", values, 200, 100),
            TensorData.longs("k", new long[1]),
            TensorData.doubles("d", new double[] {1, -1e300}, 2),
            TensorData.doubles("ok", new double[] {Float.MAX_VALUE}, 1)));
    try (TensorFile file = TensorFile.open(path)) {
      assertThat(file.tensor("w").firstNonFinite()).contains(new NonFinite(150, 7, Float.NaN));
      assertThat(file.tensor("d").firstNonFinite())
          .contains(new NonFinite(1, 0, Float.NEGATIVE_INFINITY));
      assertThat(file.tensor("ok").firstNonFinite()).isEmpty();
      assertThat(file.tensor("ok").withFiniteValues().withFloats().withShape(1).name())
          .isEqualTo("ok");
      assertThatThrownBy(() -> file.tensor("w").withFiniteValues())
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("tensor 'w': row 150, column 7 is NaN");
      assertThatThrownBy(() -> file.tensor("w").withShape(100, 200))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("has shape [200, 100], expected [100, 200]");
      assertThatThrownBy(() -> file.tensor("k").withFloats())
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("I64");
    }
  }

  @Test
  void a_closed_file_cannot_be_read() throws IOException {
    TensorFile file = TensorFile.open(Fixtures.path("matrix.npy"));
    StoredTensor tensor = file.only2d(null);
    file.close();
    assertThatThrownBy(tensor::floats).isInstanceOf(IllegalStateException.class);
  }
}
