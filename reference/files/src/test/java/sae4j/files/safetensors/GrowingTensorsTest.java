// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.DType;
import sae4j.files.Shape;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.TensorPlace;

final class GrowingTensorsTest {
  private static final List<TensorInfo> TENSORS =
      List.of(
          new TensorInfo("b", DType.F32, Shape.of(100_000, 2)),
          new TensorInfo("a", DType.BF16, Shape.of(3, 2)),
          new TensorInfo("ids", DType.I32, Shape.of(4)));

  @TempDir private Path folder;

  private static float[] numbers(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i * 0.3f - 7;
    }
    return values;
  }

  @Test
  void tensors_written_side_by_side_have_the_bytes_of_tensors_written_one_after_another()
      throws IOException {
    float[] b = numbers(200_000);
    float[] a = numbers(6);
    Safetensors.write(
        folder.resolve("plain"),
        Map.of("k", "v"),
        List.of(
            TensorData.floats("b", b, 100_000, 2),
            TensorData.floats("a", a, 3, 2).as(DType.BF16),
            TensorData.longs("ids", new long[] {5, -1, 7, 9}, 4).as(DType.I32)));

    GrowingTensors.write(
        folder.resolve("grown"),
        Map.of("k", "v"),
        TENSORS,
        tensors -> {
          tensors.append("a", Arrays.copyOfRange(a, 0, 2));
          tensors.append("ids", new int[] {5, -1, 7});
          tensors.append("b", Arrays.copyOfRange(b, 0, 150_001));
          tensors.append("a", Arrays.copyOfRange(a, 2, 6));
          tensors.append("b", Arrays.copyOfRange(b, 150_001, 200_000));
          tensors.append("ids", new int[] {9});
        });

    assertThat(folder.resolve("grown")).hasSameBinaryContentAs(folder.resolve("plain"));
  }

  @Test
  void a_tensor_that_is_not_filled_or_not_announced_leaves_no_file() throws IOException {
    Path file = folder.resolve("short");

    assertThatThrownBy(
            () ->
                GrowingTensors.write(
                    file, Map.of(), TENSORS, tensors -> tensors.append("ids", new int[3])))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tensor b F32[100000, 2] was written with 0");
    assertThatThrownBy(
            () ->
                GrowingTensors.write(
                    file, Map.of(), TENSORS, tensors -> tensors.append("c", new float[3])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tensor c");
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void a_file_in_memory_reads_as_on_disk_and_says_where_its_tensors_lie() throws IOException {
    Path path = folder.resolve("file");
    Safetensors.write(
        path,
        Map.of(),
        List.of(TensorData.floats("x", numbers(6), 2, 3), TensorData.floats("y", numbers(2), 2)));
    byte[] bytes = Files.readAllBytes(path);

    try (Safetensors memory = Safetensors.inMemory(Path.of("in-memory"), bytes);
        Safetensors disk = Safetensors.open(path)) {
      assertThat(memory.tensors()).isEqualTo(disk.tensors());
      assertThat(memory.tensor("x").floats()).isEqualTo(disk.tensor("x").floats());
      TensorPlace place = memory.place("y");
      assertThat(place).isEqualTo(disk.place("y"));
      assertThat(place.offset() + place.length()).isEqualTo(bytes.length);
      assertThat(place.length()).isEqualTo(8);
      assertThatThrownBy(() -> memory.place("z")).hasMessageContainingAll("in-memory", "'z'", "x");
    }
    assertThatThrownBy(
            () -> Safetensors.inMemory(Path.of("cut"), Arrays.copyOf(bytes, bytes.length - 1)))
        .hasMessageContaining("cut: data");
  }
}
