// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.DType;
import sae4j.files.Fixtures;
import sae4j.files.FormatException;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;

class NpyTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"matrix.npy", "fortran.npy", "version2.npy", "version3.npy"})
  void versions_and_memory_orders_read_alike(String name) throws IOException {
    try (Npy file = Npy.open(Fixtures.path(name))) {
      StoredTensor matrix = file.tensor();
      assertThat(matrix.floats()).containsExactly(Fixtures.counting(15));
      assertThat(matrix.floatRows(1, 3)).containsExactly(5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
      float[] middle = new float[7];
      matrix.readFloats(3, middle, 0, 7);
      assertThat(middle).containsExactly(3, 4, 5, 6, 7, 8, 9);
    }
  }

  @Test
  void fortran_order_is_honoured_in_three_dimensions() throws IOException {
    try (Npy file = Npy.open(Fixtures.path("fortran3d.npy"))) {
      long[] expected = new long[24];
      Arrays.setAll(expected, i -> i);
      assertThat(file.tensor().longs()).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f8", "f4", "f2", "i8", "i4", "i2"})
  void big_endian_arrays_are_read(String code) throws IOException {
    try (Npy file = Npy.open(Fixtures.path("big_endian_" + code + ".npy"))) {
      StoredTensor tensor = file.tensor();
      if (tensor.dtype().isFloating()) {
        assertThat(tensor.doubles()).containsExactly(-2, 0, 1, 3);
        assertThat(tensor.floats()).containsExactly(-2, 0, 1, 3);
      } else {
        assertThat(tensor.longs()).containsExactly(-2, 0, 1, 3);
      }
    }
  }

  @Test
  void writing_gives_numpys_own_bytes() throws IOException {
    Path written = folder.resolve("written.npy");
    for (String name : new String[] {"matrix.npy", "fortran.npy", "scalar.npy"}) {
      try (Npy file = Npy.open(Fixtures.path(name))) {
        Npy.write(written, TensorData.copyOf(file.tensor()));
      }
      String expected = name.replace("fortran", "matrix");
      assertThat(written).hasSameBinaryContentAs(Fixtures.path(expected));
    }
  }

  @Test
  void bfloat16_cannot_be_written() {
    assertThatThrownBy(
            () ->
                Npy.write(
                    folder.resolve("a.npy"), TensorData.floats("a", new float[1]).as(DType.BF16)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NumPy has no BF16");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void element_types_without_numbers_are_refused_by_name() {
    for (Map.Entry<String, String> refused :
        Map.of("object", "'|O'", "structured", "structured", "complex", "'<c8'", "void", "'|V2'")
            .entrySet()) {
      assertThatThrownBy(() -> Npy.open(Fixtures.path(refused.getKey() + ".npy")))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(refused.getValue());
    }
    assertThatThrownBy(() -> Npy.open(Fixtures.path("object.npy")))
        .hasMessageContaining("could run code");
    assertThatThrownBy(() -> Npy.open(Fixtures.path("void.npy"))).hasMessageContaining("bfloat16");
  }

  @Test
  void a_header_that_does_not_add_up_is_refused_by_name() throws IOException {
    String sound = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    open(sound, 8).close();
    open("{'shape':(1L,2L,),\"descr\":\"<f4\",'fortran_order':True}  \n", 8).close();
    refused(sound, 7).hasMessageContaining("has 7 bytes of data, expected 8 for F32[2]");
    refused(sound, 9).hasMessageContaining("has 9 bytes of data, expected 8 for F32[2]");
    refused(sound.replace("(2,)", "(2)"), 8).hasMessageContaining("not a tuple");
    refused(sound.replace("(2,)", "(-2,)"), 8)
        .hasMessageContaining("something other than whole numbers");
    refused(sound.replace("(2,)", "(9223372036854775808,)"), 8)
        .hasMessageContaining("something other than whole numbers");
    refused(sound.replace("(2,)", "(4611686018427387904, 4)"), 8)
        .hasMessageContaining("which no file can hold");
    refused(sound.replace("(2,)", "(4611686018427387904,)"), 8)
        .hasMessageContaining("which no file can hold");
    refused(sound.replace("False", "0"), 8).hasMessageContaining("neither True nor False");
    refused(sound.replace("'shape'", "'shapes'"), 8).hasMessageContaining("unknown key 'shapes'");
    refused(sound.replace("'shape': (2,), ", ""), 8)
        .hasMessageContaining("expected descr, fortran_order and shape");
    refused(sound.replace("'shape'", "'descr': '<f4', 'shape'"), 8)
        .hasMessageContaining("has 'descr' twice");
    refused(sound + "x", 8).hasMessageContaining("goes on after its closing");
    refused("{" + sound + "}", 8).hasMessageContaining("something other than a string");
    refused("", 8).hasMessageContaining("lacks '{'");
    refused(sound.replace("<f4", ""), 8).hasMessageContaining("empty descr");
    refused(sound.replace("<f4", "<f\\n4"), 8).hasMessageContaining("of type");
  }

  @Test
  void a_header_beyond_numpys_own_limit_is_refused() {
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }" + " ".repeat(10_000), 8)
        .hasMessageContaining("header of 10057 bytes, expected at most 10000");
  }

  private AbstractThrowableAssert<?, ?> refused(String header, int dataLength) {
    return assertThatThrownBy(() -> open(header, dataLength).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(folder.resolve("a.npy") + ": array")
        .hasMessageNotContaining("\n");
  }

  private Npy open(String header, int dataLength) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    byte[] bytes = Arrays.copyOf(NpyHeader.MAGIC, 10 + text.length + dataLength);
    bytes[6] = 1;
    bytes[8] = (byte) text.length;
    bytes[9] = (byte) (text.length >> 8);
    System.arraycopy(text, 0, bytes, 10, text.length);
    return Npy.open(Files.write(folder.resolve("a.npy"), bytes));
  }
}
