// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.AtomicWrite;
import sae4j.files.DType;
import sae4j.files.Fixtures;
import sae4j.files.FormatException;
import sae4j.files.MappedFile;
import sae4j.files.Shape;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.files.pickle.PickleWriter;
import sae4j.files.pickle.StorageReference;
import sae4j.files.pickle.TensorReference;
import sae4j.files.safetensors.Safetensors;
import sae4j.files.zip.ZipDirectory;
import sae4j.files.zip.ZipWriter;

class TorchTest {
  @TempDir private Path folder;

  @Test
  void tensors_are_the_same_as_in_the_safetensors_file() throws IOException {
    try (Torch pickled = Torch.open(Fixtures.path("nested.pt"));
        Safetensors plain = Safetensors.open(Fixtures.path("all.safetensors"))) {
      for (TensorInfo info : plain.tensors()) {
        assertThat(pickled.tensor(info.name()).info()).isEqualTo(info);
        assertThat(Fixtures.bits(pickled.tensor(info.name())))
            .containsExactly(Fixtures.bits(plain.tensor(info.name())));
      }
    }
  }

  @Test
  void nested_tensors_go_by_dotted_names_in_the_files_order() throws IOException {
    try (Torch file = Torch.open(Fixtures.path("nested.pt"))) {
      List<String> names = file.tensors().stream().map(TensorInfo::name).toList();
      assertThat(names.subList(18, names.size()))
          .containsExactly(
              "state.weight", "state.bias", "parameter", "transposed", "window", "list.2.deep");
      assertThat(file.tensor("state.weight").withShape(2, 3).floats())
          .containsExactly(Fixtures.counting(6));
      assertThat(file.tensor("state.bias").floats()).containsExactly(0, 1);
      assertThat(file.tensor("parameter").floats()).containsExactly(0, 1, 2, 3);
      assertThat(file.tensor("list.2.deep").floats()).containsExactly(1);
    }
    try (Torch file = Torch.open(Fixtures.path("bare.pt"))) {
      assertThat(file.only2d(null).name()).isEqualTo("tensor");
      assertThat(file.tensor("tensor").floats()).containsExactly(Fixtures.counting(15));
    }
    try (TensorFile file = TensorFile.open(Fixtures.path("protocol4.pt"))) {
      assertThat(file).isInstanceOf(Torch.class);
      assertThat(file.only2d(null).floats()).containsExactly(Fixtures.counting(15));
    }
  }

  @Test
  void strides_and_offsets_are_honoured() throws IOException {
    try (Torch file = Torch.open(Fixtures.path("nested.pt"))) {
      assertThat(file.tensor("transposed").withShape(5, 3).floats())
          .containsExactly(0, 5, 10, 1, 6, 11, 2, 7, 12, 3, 8, 13, 4, 9, 14);
      assertThat(file.tensor("window").withShape(2, 2).doubles()).containsExactly(7, 8, 12, 13);
    }
  }

  @Test
  void plain_values_come_along() throws IOException {
    try (Torch file = Torch.open(Fixtures.path("nested.pt"))) {
      Map<String, Object> expected = new LinkedHashMap<>();
      expected.put("size.0", 2L);
      expected.put("size.1", 3L);
      expected.put("activation", "TopK");
      expected.put("k", 32L);
      expected.put("negative", -5L);
      expected.put("big", 1L << 40);
      expected.put("bigger", BigInteger.TWO.pow(70).negate());
      expected.put("lr", 0.1);
      expected.put("on", true);
      expected.put("off", false);
      expected.put("list.0", 1L);
      expected.put("list.1.0", 2.5);
      expected.put("list.1.1", "x");
      expected.put("7", "number as key");
      assertThat(file.values()).containsExactlyEntriesOf(expected);
    }
  }

  @Test
  void what_is_no_plain_tensor_file_is_refused_by_name() {
    refused(Fixtures.path("evil.pt"))
        .hasMessageContaining("asks for 'posix.system'")
        .hasMessageContaining("is not run");
    refused(Fixtures.path("numpy.pt")).hasMessageContaining("asks for 'numpy");
    refused(Fixtures.path("expanded.pt"))
        .hasMessageContaining("tensor 'a'")
        .hasMessageContaining("1000 elements in a storage of 1")
        .hasMessageContaining(".contiguous()");
    refused(Fixtures.path("ambiguous.pt")).hasMessageContaining("two entries that read as 'a.b'");
    refused(Fixtures.path("legacy.pt"))
        .hasMessageContaining("before torch 1.6")
        .hasMessageContaining("torch.save(torch.load(path), path)");
  }

  @Test
  void writing_gives_the_bytes_that_torch_was_seen_to_load() throws IOException {
    Path path = folder.resolve("written.pt");
    Torch.write(path, toBeWritten());
    try (Torch file = Torch.open(path)) {
      assertThat(file.tensor("encoder.weight").floatRows(2, 3)).containsExactly(10, 11, 12, 13, 14);
      assertThat(file.tensor("half").info())
          .isEqualTo(new TensorInfo("half", DType.BF16, Shape.of(2)));
      assertThat(file.tensor("deep.w").doubles()).containsExactly(1);
      assertThat(file.values())
          .containsEntry("k", 32L)
          .containsEntry("big", -1L << 40)
          .containsEntry("name", "é");
    }
    // make_fixtures.py loads this very file with torch and checks what it finds.
    assertThat(path).hasSameBinaryContentAs(Fixtures.path("written.pt"));
  }

  private static Map<String, Object> toBeWritten() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("encoder.weight", TensorData.floats("", Fixtures.counting(15), 3, 5));
    state.put("half", TensorData.floats("", new float[] {1, -2.5f}, 2).as(DType.BF16));
    state.put("scalar", TensorData.longs("", new long[] {-7}).as(DType.I32));
    state.put("empty", TensorData.floats("", new float[0], 0, 4));
    state.put("k", 32);
    state.put("big", -1L << 40);
    state.put("lr", 0.1);
    state.put("name", "é");
    state.put("flags", Arrays.asList(true, false, null));
    state.put("deep", Map.of("w", TensorData.doubles("", new double[] {1}, 1, 1)));
    return state;
  }

  @Test
  void what_torch_could_not_load_is_not_written() {
    assertThatThrownBy(() -> Torch.write(folder.resolve("a.pt"), Map.of("a", new StringBuilder())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("StringBuilder");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void a_tensor_that_reaches_beyond_its_storage_is_refused_by_name() throws IOException {
    StorageReference four = new StorageReference("FloatStorage", "0", 4);
    open(new TensorReference(four, 0, List.of(2L, 2L), List.of(1L, 2L))).close();
    open(new TensorReference(four, 4, List.of(0L, 9L), List.of(9L, 1L))).close();
    refused(new TensorReference(four, 1, List.of(2L, 2L), List.of(2L, 1L)))
        .hasMessageContaining("beyond its storage of 4");
    refused(new TensorReference(four, -1, List.of(2L), List.of(1L)))
        .hasMessageContaining("offset -1");
    refused(new TensorReference(four, 3, List.of(2L), List.of(-1L)))
        .hasMessageContaining("strides [-1]");
    refused(new TensorReference(four, 0, List.of(2L), List.of()))
        .hasMessageContaining("strides []");
    refused(new TensorReference(four, 0, List.of(-2L), List.of(1L)))
        .hasMessageContaining("shape [-2]");
    refused(new TensorReference(four, 0, List.of(1L << 40), List.of(0L)))
        .hasMessageContaining("repeats some");
    refused(new TensorReference(four, 0, List.of(3L), List.of(1L << 62)))
        .hasMessageContaining("no storage can hold");
    refused(new TensorReference(four, 0, List.of(1L << 40, 1L << 40), List.of(0L, 0L)))
        .hasMessageContaining("no storage can hold");
    refused(
            new TensorReference(
                new StorageReference("FloatStorage", "0", 5), 0, List.of(1L), List.of(1L)))
        .hasMessageContaining("has 16 bytes of data, expected 20");
    refused(
            new TensorReference(
                new StorageReference("FloatStorage", "0", -4), 0, List.of(0L), List.of(1L)))
        .hasMessageContaining("has 16 bytes of data, expected 0");
    refused(
            new TensorReference(
                new StorageReference("FloatStorage", "1", 4), 0, List.of(1L), List.of(1L)))
        .hasMessageContaining("storage '1' that is not in the file");
  }

  @Test
  void a_damaged_storage_is_refused_when_it_is_read() throws IOException {
    Path path = folder.resolve("a.pt");
    Torch.write(path, Map.of("w", TensorData.floats("", new float[] {1}, 1)));
    long start;
    try (MappedFile file = MappedFile.open(path)) {
      start = Objects.requireNonNull(ZipDirectory.read(file).get("archive/data/0")).dataStart();
    }
    byte[] bytes = Files.readAllBytes(path);
    bytes[Math.toIntExact(start)] ^= 1;
    Files.write(path, bytes);
    try (Torch file = Torch.open(path)) {
      assertThatThrownBy(() -> file.tensor("w"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("checksum");
    }
  }

  @Test
  void storages_begin_where_memory_can_be_used_in_place() throws IOException {
    Path path = folder.resolve("a.pt");
    List<Object> tensors = new ArrayList<>();
    for (int length = 1; length < 80; length += 13) {
      tensors.add(TensorData.floats("", new float[length], length).as(DType.I8));
    }
    Torch.write(path, Map.of("list", tensors));
    try (MappedFile file = MappedFile.open(path)) {
      assertThat(ZipDirectory.read(file).values()).allMatch(entry -> entry.dataStart() % 64 == 0);
    }
  }

  private static AbstractThrowableAssert<?, ?> refused(Path path) {
    return assertThatThrownBy(() -> TensorFile.open(path).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(path + ": ");
  }

  private AbstractThrowableAssert<?, ?> refused(TensorReference tensor) {
    return assertThatThrownBy(() -> open(tensor).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("tensor 'w'");
  }

  /// Opens a file whose pickle says this, over one storage of four floats.
  private Torch open(TensorReference tensor) throws IOException {
    Path path = folder.resolve("a.pt");
    AtomicWrite.file(
        path,
        channel -> {
          ZipWriter zip = new ZipWriter(channel, 64);
          zip.entry("x/data.pkl", PickleWriter.write(Map.of("w", tensor)));
          zip.entry("x/data/0", new byte[16]);
          zip.finish();
        });
    return Torch.open(path);
  }
}
