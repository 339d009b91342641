// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.DType;
import sae4j.files.Fixtures;
import sae4j.files.FormatException;
import sae4j.files.Shape;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;

class SafetensorsTest {
  @TempDir private Path folder;

  @Test
  void every_type_reads_as_python_wrote_it() throws IOException {
    try (Safetensors file = Safetensors.open(Fixtures.path("all.safetensors"))) {
      assertThat(file.metadata()).isEqualTo(Map.of("made by", "torch é \n\u001f"));
      double[] expected = {
        0.0, -0.0, 1, -2.5, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN
      };
      for (Map.Entry<String, Double> smallest :
          Map.of(
                  "double",
                  Double.MIN_VALUE,
                  "float",
                  (double) Float.MIN_VALUE,
                  "half",
                  0x1p-24,
                  "brain",
                  0x1p-133)
              .entrySet()) {
        expected[4] = smallest.getValue();
        assertThat(file.tensor(smallest.getKey()).doubles()).containsExactly(expected);
      }
      assertThat(Fixtures.bits(file.tensor("double"))[7]).isEqualTo(0x7FF8000012345678L);
      assertThat((int) Fixtures.bits(file.tensor("float"))[7]).isEqualTo(0x7FC12345);
      assertThat((short) Fixtures.bits(file.tensor("half"))[7]).isEqualTo((short) 0x7E55);
      assertThat((short) Fixtures.bits(file.tensor("brain"))[7]).isEqualTo((short) 0x7FE5);
      assertThat(file.tensor("long").longs()).containsExactly(Long.MIN_VALUE, -1, Long.MAX_VALUE);
      assertThat(file.tensor("int").longs()).containsExactly(Integer.MIN_VALUE, Integer.MAX_VALUE);
      assertThat(file.tensor("short").longs()).containsExactly(Short.MIN_VALUE, Short.MAX_VALUE);
      assertThat(file.tensor("byte").longs()).containsExactly(-128, 127);
      assertThat(file.tensor("unsigned").longs()).containsExactly(0, 255);
      assertThat(file.tensor("bool").longs()).containsExactly(1, 0, 1);
      assertThat(file.tensor("scalar").floats()).containsExactly(-7.25f);
      assertThat(file.tensor("scalar").shape()).isEqualTo(Shape.of());
      assertThat(file.tensor("empty").shape()).isEqualTo(Shape.of(0, 4));
      assertThat(file.tensor("empty").floats()).isEmpty();
    }
  }

  @Test
  void rows_are_read_in_any_range_and_type() throws IOException {
    try (Safetensors file = Safetensors.open(Fixtures.path("all.safetensors"))) {
      StoredTensor matrix = file.tensor("matrix");
      assertThat(matrix.rows()).isEqualTo(3);
      assertThat(matrix.columns()).isEqualTo(5);
      assertThat(matrix.floats()).containsExactly(Fixtures.counting(15));
      assertThat(matrix.floatRows(1, 2)).containsExactly(5, 6, 7, 8, 9);
      assertThat(matrix.floatRows(3, 3)).isEmpty();
      assertThat(file.tensor("matrix.brain").doubleRows(2, 4)).containsExactly(6, 7, 8, 9, 10, 11);
      float[] middle = new float[6];
      file.tensor("cube").readFloats(10, middle, 1, 4);
      assertThat(middle).containsExactly(0, 10, 11, 12, 13, 0);
      assertThatThrownBy(() -> matrix.floatRows(2, 4))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("rows 2 to 4")
          .hasMessageContaining("[3, 5]");
      assertThatThrownBy(() -> matrix.readFloats(10, middle, 0, 6))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> file.tensor("cube").rows())
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_copy_is_byte_for_byte_what_python_wrote() throws IOException {
    Path copy = folder.resolve("copy.safetensors");
    try (Safetensors file = Safetensors.open(Fixtures.path("all.safetensors"))) {
      List<TensorData> tensors = new ArrayList<>();
      for (TensorInfo info : file.tensors()) {
        tensors.add(TensorData.copyOf(file.tensor(info.name())));
      }
      Collections.reverse(tensors);
      Safetensors.write(copy, file.metadata(), tensors);
    }
    assertThat(copy).hasSameBinaryContentAs(Fixtures.path("all.safetensors"));
    Safetensors.write(copy, Map.of(), List.of());
    assertThat(copy).hasSameBinaryContentAs(Fixtures.path("none.safetensors"));
  }

  @Test
  void arrays_and_rows_are_written_in_the_type_asked_for() throws IOException {
    Path path = folder.resolve("a.safetensors");
    Safetensors.write(
        path,
        Map.of("a", "1"),
        List.of(
            TensorData.rows("rows", 1000, 7, (row, into) -> Arrays.fill(into, (float) row)),
            TensorData.floats("f", new float[] {1.1f, -3}, 2).as(DType.BF16),
            TensorData.doubles("d", new double[] {0.1, 7}, 2, 1),
            TensorData.doubles("h", new double[] {0.1}).as(DType.F16),
            TensorData.longs("k", new long[] {-5}).as(DType.I32)));
    try (Safetensors file = Safetensors.open(path)) {
      assertThat(file.tensor("rows").floatRows(998, 999)).containsOnly(998);
      assertThat(file.tensor("f").floats()).containsExactly(1.1015625f, -3);
      assertThat(file.tensor("d").doubles()).containsExactly(0.1, 7);
      assertThat(file.tensor("h").doubles()).containsExactly(0.0999755859375);
      assertThat(file.tensor("k").longs()).containsExactly(-5);
      assertThat(file.tensors())
          .extracting(TensorInfo::name)
          .containsExactly("d", "rows", "k", "f", "h");
    }
  }

  @Test
  void tensors_longer_than_any_buffer_arrive_whole() throws IOException {
    Path path = folder.resolve("a.safetensors");
    int columns = 1009;
    int rows = 301;
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0x1.8p-5f - 7;
    }
    List<TensorData> tensors =
        new ArrayList<>(
            List.of(
                TensorData.floats("array", values, rows, columns),
                TensorData.rows(
                    "rows",
                    rows,
                    columns,
                    (row, into) ->
                        System.arraycopy(values, (int) row * columns, into, 0, columns))));
    for (DType dtype : new DType[] {DType.F64, DType.F16, DType.BF16}) {
      tensors.add(TensorData.floats(dtype.name(), values, columns, rows).as(dtype));
    }
    Safetensors.write(path, Map.of(), tensors);
    try (Safetensors file = Safetensors.open(path)) {
      for (TensorInfo info : file.tensors()) {
        float[] expected = new float[values.length];
        for (int i = 0; i < expected.length; i++) {
          expected[i] = info.dtype().toFloat(info.dtype().bits(values[i]));
        }
        assertThat(Arrays.equals(file.tensor(info.name()).floats(), expected))
            .as(info.name())
            .isTrue();
      }
    }
  }

  @Test
  void a_row_source_that_fails_leaves_the_old_file() throws IOException {
    Path path = folder.resolve("a.safetensors");
    Files.writeString(path, "old");
    assertThatThrownBy(
            () ->
                Safetensors.write(
                    path,
                    Map.of(),
                    List.of(
                        TensorData.rows(
                            "rows",
                            100_000,
                            8,
                            (row, into) -> {
                              if (row == 99_999) {
                                throw new IOException("no more rows");
                              }
                            }))))
        .hasMessage("no more rows");
    assertThat(path).hasContent("old");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void rows_beyond_two_gibibytes_are_reached() throws IOException {
    Path path = folder.resolve("large.safetensors");
    long rows = 800_000_000L;
    long bytes = rows * 4;
    byte[] header =
        SafetensorsHeader.encode(
            Map.of(), List.of(new TensorInfo("x", DType.F32, Shape.of(rows, 1))));
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(header));
      ByteBuffer last =
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(41).putFloat(42).flip();
      channel.write(last, header.length + bytes - 8);
    }
    try (Safetensors file = Safetensors.open(path)) {
      StoredTensor tensor = file.tensor("x");
      assertThat(tensor.floatRows(rows - 3, rows)).containsExactly(0, 41, 42);
    }
  }

  @Test
  void what_does_not_add_up_is_refused_by_name() throws IOException {
    String tensor = "'x': {'dtype':'F32','shape':[2],'data_offsets':[0,8]}";
    try (Safetensors sound = open("{" + tensor + "}", 8)) {
      assertThat(sound.tensor("x").floats()).hasSize(2);
    }
    refused("", 0).hasMessageContaining("does not begin with '{'");
    refused("{" + tensor + "}", 7)
        .hasMessageContaining("data")
        .hasMessageContaining("is 7 bytes long, expected 8");
    refused("{" + tensor + "}", 9).hasMessageContaining("is 9 bytes long, expected 8");
    refused("{" + tensor, 8).hasMessageContaining("not well-formed JSON");
    refused("{" + tensor + "} x", 8).hasMessageContaining("JSON");
    refused("{" + tensor + "}{}", 8).hasMessageContaining("goes on after its closing");
    refused("{" + tensor + "," + tensor + "}", 8).hasMessageContaining("has 'x' twice");
    refused("{" + tensor.replace("F32", "F31") + "}", 8)
        .hasMessageContaining("tensor 'x'")
        .hasMessageContaining("dtype 'F31'");
    refused("{" + tensor.replace("[2]", "[3]") + "}", 8)
        .hasMessageContaining("has 8 bytes of data, expected 12 for F32[3]");
    refused("{" + tensor.replace("[2]", "[-2]") + "}", 8)
        .hasMessageContaining("negative number -2");
    refused("{" + tensor.replace("[2]", "[2.0]") + "}", 8).hasMessageContaining("tensor 'x' shape");
    refused("{" + tensor.replace("[2]", "[99999999999999999999]") + "}", 8)
        .hasMessageContaining("header");
    refused("{" + tensor.replace("[2]", "[4294967296,4294967296,2]") + "}", 8)
        .hasMessageContaining("which no file can hold");
    refused("{" + tensor.replace("[2]", "[4611686018427387904]") + "}", 8)
        .hasMessageContaining("which no file can hold");
    refused("{" + tensor.replace("[0,8]", "[4,12]") + "}", 12)
        .hasMessageContaining("begins at byte 4 of the data, expected 0");
    refused("{" + tensor.replace("[0,8]", "[8,0]") + "}", 8)
        .hasMessageContaining("data_offsets [8, 0]");
    refused("{" + tensor + "," + tensor.replace("'x'", "'y'").replace("[0,8]", "[4,12]") + "}", 12)
        .hasMessageContaining("tensor 'y'")
        .hasMessageContaining("begins at byte 4 of the data, expected 8");
    refused("{" + tensor.replace("'dtype':'F32',", "") + "}", 8)
        .hasMessageContaining("expected dtype, shape and data_offsets");
    refused("{" + tensor.replace("'dtype'", "'d\\ntype'") + "}", 8)
        .hasMessageContaining("unknown field 'd?type'");
    refused("{'__metadata__':{'a':1}," + tensor + "}", 8).hasMessageContaining("__metadata__ 'a'");
    refused("{'__metadata__':{},'__metadata__':{}," + tensor + "}", 8)
        .hasMessageContaining("'__metadata__' twice");
  }

  @Test
  void an_impossible_header_length_is_refused_by_name() throws IOException {
    Path path = folder.resolve("a.safetensors");
    for (long length : new long[] {-1, Long.MIN_VALUE, 100_000_001, 3, Integer.MAX_VALUE + 1L}) {
      Files.write(
          path,
          ByteBuffer.allocate(10)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(length)
              .put((byte) '{')
              .array());
      assertThatThrownBy(() -> Safetensors.open(path))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("header length: is " + Long.toUnsignedString(length));
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_001).flip());
      channel.write(ByteBuffer.allocate(1), 100_000_100);
    }
    assertThatThrownBy(() -> Safetensors.open(path))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("at most 100000000");
    Files.write(path, new byte[7]);
    assertThatThrownBy(() -> Safetensors.open(path))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("after 7 bytes");
  }

  private AbstractThrowableAssert<?, ?> refused(String header, int dataLength) {
    return assertThatThrownBy(() -> open(header, dataLength).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(folder.resolve("a.safetensors") + ": ")
        .hasMessageNotContaining("\n");
  }

  private Safetensors open(String header, int dataLength) throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataLength).order(ByteOrder.LITTLE_ENDIAN);
    Path path = folder.resolve("a.safetensors");
    Files.write(path, bytes.putLong(json.length).put(json).array());
    return Safetensors.open(path);
  }
}
