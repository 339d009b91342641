// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;

/// Which tensor of a file is the matrix of activations.
class StoredActivationsTest {
  @TempDir private Path folder = Path.of("");

  private Path file(TensorData... tensors) throws IOException {
    Path file = folder.resolve("activations.safetensors");
    Safetensors.write(file, Map.of(), List.of(tensors));
    return file;
  }

  private static TensorData counted(String name, long... shape) {
    int elements = 1;
    for (long size : shape) {
      elements *= (int) size;
    }
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = i;
    }
    return TensorData.floats(name, values, shape);
  }

  @Test
  void sequences_of_tokens_are_rows_one_after_another() throws IOException {
    Path path = file(counted("acts", 3, 5, 4), TensorData.longs("ids", new long[15], 3, 5));
    try (StoredActivations stored = StoredActivations.open(path, null)) {
      assertThat(stored.rows()).isEqualTo(15);
      assertThat(stored.width()).isEqualTo(4);
      float[] row = new float[4];
      stored.read(7, row, 0);
      assertThat(row).containsExactly(28, 29, 30, 31);
    }
  }

  @Test
  void a_matrix_goes_before_and_several_want_a_name() throws IOException {
    Path both = file(counted("deep", 3, 5, 4), counted("flat", 6, 2));
    try (StoredActivations flat = StoredActivations.open(both, null);
        StoredActivations deep = StoredActivations.open(both, "deep")) {
      assertThat(flat.rows()).isEqualTo(6);
      assertThat(deep.rows()).isEqualTo(15);
    }
    Path two = file(counted("a", 3, 5, 4), counted("b", 3, 5, 4));
    assertThatThrownBy(() -> StoredActivations.open(two, null))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("a F32[3, 5, 4]", "b F32[3, 5, 4]");
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"I64", "I32", "I16", "I8", "U8", "BOOL"})
  void integers_are_no_activations(DType type) throws IOException {
    Path path = file(TensorData.longs("acts", new long[12], 3, 4).as(type));
    for (String name : new String[] {"acts", ""}) {
      assertThatThrownBy(() -> StoredActivations.open(path, name.isEmpty() ? null : name))
          .isInstanceOf(FormatException.class)
          .hasMessageContainingAll("acts", type.name(), "F32");
    }
  }
}
