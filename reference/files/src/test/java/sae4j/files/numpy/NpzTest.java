// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.DType;
import sae4j.files.Fixtures;
import sae4j.files.FormatException;
import sae4j.files.Shape;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;

class NpzTest {
  @TempDir private Path folder;

  @Test
  void stored_and_deflated_files_hold_the_same() throws IOException {
    try (Npz stored = Npz.open(Fixtures.path("all.npz"));
        Npz deflated = Npz.open(Fixtures.path("deflated.npz"))) {
      List<String> all = Fixtures.everything(deflated);
      assertThat(deflated.tensor("zeros").floats()).hasSize(2100).containsOnly(0);
      assertThat(Fixtures.everything(stored)).hasSize(13).isEqualTo(all.subList(1, all.size()));
      assertThat(stored.tensor("cube").floats()).containsExactly(Fixtures.counting(24));
    }
  }

  @Test
  void writing_gives_numpys_own_bytes() throws IOException {
    Path written = folder.resolve("written.npz");
    try (Npz file = Npz.open(Fixtures.path("all.npz"))) {
      List<TensorData> tensors = new ArrayList<>();
      for (TensorInfo info : file.tensors()) {
        tensors.add(TensorData.copyOf(file.tensor(info.name())));
      }
      Npz.write(written, tensors);
    }
    assertThat(written).hasSameBinaryContentAs(Fixtures.path("all.npz"));
  }

  @Test
  void other_zip_readers_agree_and_names_may_be_in_any_script() throws IOException {
    Path path = folder.resolve("a.npz");
    Npz.write(path, List.of(TensorData.floats("é/\uFF5E", new float[] {1, 2}, 2)));
    try (ZipFile zip = new ZipFile(path.toFile());
        Npz file = Npz.open(path)) {
      byte[] array = zip.getInputStream(zip.getEntry("é/\uFF5E.npy")).readAllBytes();
      assertThat(array).hasSize(128 + 8);
      assertThat(file.tensor("é/\uFF5E").floats()).containsExactly(1, 2);
    }
  }

  @Test
  void a_wrong_checksum_is_refused_by_name() throws IOException {
    Path path = folder.resolve("a.npz");
    Npz.write(
        path,
        List.of(
            TensorData.floats("w", new float[] {1, 2}, 2),
            TensorData.floats("b", new float[] {3}, 1)));
    byte[] bytes = Files.readAllBytes(path);
    int firstElement = 30 + "w.npy".length() + 20 + 128;
    bytes[firstElement]++;
    Files.write(path, bytes);
    try (Npz file = Npz.open(path)) {
      assertThat(file.tensor("b").floats()).containsExactly(3);
      assertThatThrownBy(() -> file.tensor("w"))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("entry 'w.npy'")
          .hasMessageContaining("checksum");
    }
  }

  @Test
  void entries_that_overlap_are_refused_by_name() throws IOException {
    Path path = folder.resolve("a.npz");
    Npz.write(
        path,
        List.of(TensorData.floats("w", new float[2], 2), TensorData.floats("b", new float[1], 1)));
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    int directory = bytes.getInt(bytes.capacity() - 6);
    bytes
        .putInt(directory + 20, bytes.getInt(directory + 20) + 60)
        .putInt(directory + 24, bytes.getInt(directory + 24) + 60);
    Files.write(path, bytes.array());
    assertThatThrownBy(() -> Npz.open(path))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("entry 'b.npy': overlaps the one before it");
  }

  @Test
  void a_size_beyond_what_deflate_can_pack_is_refused() throws IOException {
    Path path =
        zip(
            Map.of(
                "w.npy",
                Arrays.copyOf(
                    NpyHeader.encode(new TensorInfo("w", DType.I8, Shape.of(1 << 20))),
                    128 + (1 << 20))));
    Npz.open(path).close();
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    int directory = bytes.getInt(bytes.capacity() - 6);
    bytes.putInt(directory + 24, 1 << 30);
    Files.write(path, bytes.array());
    assertThatThrownBy(() -> Npz.open(path))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("entry 'w.npy': claims to hold " + (1 << 30));
  }

  @Test
  void an_array_that_claims_more_than_its_entry_holds_is_refused_before_it_is_unpacked()
      throws IOException {
    TensorInfo huge = new TensorInfo("w", DType.F32, Shape.of(1L << 40));
    byte[] bomb = Arrays.copyOf(NpyHeader.encode(huge), 1 << 20);
    assertThatThrownBy(() -> Npz.open(zip(Map.of("w.npy", bomb))))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("array 'w'")
        .hasMessageContaining("expected " + (4L << 40));
  }

  @Test
  void entries_that_are_no_arrays_are_refused_by_name() {
    assertThatThrownBy(() -> Npz.open(zip(Map.of("readme.txt", new byte[3]))))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("entry 'readme.txt'");
    assertThatThrownBy(() -> Npz.open(zip(Map.of("a.npy", new byte[3]))))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("array 'a'")
        .hasMessageContaining("magic number");
  }

  @Test
  void two_tensors_of_one_name_are_not_written() {
    TensorData w = TensorData.floats("w", new float[1]);
    assertThatThrownBy(() -> Npz.write(folder.resolve("a.npz"), List.of(w, w)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(folder).isEmptyDirectory();
  }

  private Path zip(Map<String, byte[]> entries) throws IOException {
    Path path = folder.resolve("zipped.npz");
    try (OutputStream file = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return path;
  }
}
