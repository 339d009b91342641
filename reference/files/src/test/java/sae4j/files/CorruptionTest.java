// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.zip.ZipWriter;

/// A thousand damaged variants of a file of each kind: each is refused in one line, or what is read
/// is what the bytes say.
class CorruptionTest {
  private static final int VARIANTS = 1000;

  /// What a reader may allocate whatever the file: buffers, parsers, messages.
  private static final long FIXED_ALLOCATION = 1 << 20;

  private static final long ALLOCATION_PER_BYTE = 64;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "all.safetensors",
        "matrix.npy",
        "fortran3d.npy",
        "big_endian_f4.npy",
        "all.npz",
        "deflated.npz",
        "nested.pt"
      })
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void damaged_files_are_refused_or_read_as_they_are(String name) throws IOException {
    byte[] sound = Files.readAllBytes(Fixtures.path(name));
    Path path = folder.resolve("variant.bin");
    Files.write(path, sound);
    List<String> expected = read(path, sound.length);
    int headEnd = headEnd(name, sound);
    SplittableRandom random = new SplittableRandom(name.hashCode());
    List<Corruption> kinds = List.of(Corruption.values());
    int refused = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
      Corruption corruption = kinds.get(variant % kinds.size());
      byte[] bad = corruption.apply(sound, headEnd, random);
      Files.write(path, bad);
      try {
        List<String> found = read(path, bad.length);
        checkSurvivor(name, corruption + " " + variant, bad, sound, headEnd, expected, found);
      } catch (FormatException refusal) {
        assertThat(refusal.getMessage())
            .startsWith(path + ": ")
            .doesNotContain("\n", "\r", "null")
            .hasSizeLessThan(1100);
        refused++;
      }
    }
    assertThat(refused).as("refused").isGreaterThan(VARIANTS / 3);
  }

  /// Behind a checksum that was made to fit: the pickle itself is damaged.
  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void damaged_pickles_are_refused_or_read_as_they_are() throws IOException {
    Path path = folder.resolve("variant.pt");
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(Fixtures.path("nested.pt").toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    byte[] sound = Objects.requireNonNull(entries.get("nested/data.pkl"));
    List<Corruption> kinds = List.of(Corruption.values());
    SplittableRandom random = new SplittableRandom(7);
    int refused = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
      entries.put(
          "nested/data.pkl", kinds.get(variant % kinds.size()).apply(sound, sound.length, random));
      try (FileChannel channel =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ZipWriter zip = new ZipWriter(channel, 64);
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
          zip.entry(entry.getKey(), entry.getValue());
        }
        zip.finish();
      }
      try {
        assertThat(read(path, (int) Files.size(path))).isNotNull();
      } catch (FormatException refusal) {
        assertThat(refusal.getMessage())
            .startsWith(path + ": ")
            .doesNotContain("\n", "\r")
            .hasSizeLessThan(1100);
        refused++;
      }
    }
    assertThat(refused).as("refused").isGreaterThan(VARIANTS / 3);
  }

  /// What was read in spite of the damage. A zip file has checksums, so it must be what it was. The
  /// others have none: damage to their elements shows in those elements alone, and damage to their
  /// head can at most describe the same bytes otherwise.
  private static void checkSurvivor(
      String name,
      String variant,
      byte[] bad,
      byte[] sound,
      int headEnd,
      List<String> expected,
      List<String> found) {
    if (name.endsWith(".npz") || name.endsWith(".pt")) {
      assertThat(found).as(variant).isEqualTo(expected);
    } else if (Arrays.equals(bad, 0, headEnd, sound, 0, headEnd)) {
      assertThat(bad).as(variant).hasSameSizeAs(sound);
      assertThat(found).as(variant).hasSameSizeAs(expected);
      assertThat(found.equals(expected)).as(variant).isEqualTo(Arrays.equals(bad, sound));
    }
  }

  /// Reads all there is, and holds the reader to its allowance of memory.
  private static List<String> read(Path path, int size) throws IOException {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try (TensorFile file = TensorFile.open(path)) {
      for (TensorInfo info : file.tensors()) {
        Fixtures.bits(file.tensor(info.name()));
      }
    } finally {
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
          .isLessThan(FIXED_ALLOCATION + ALLOCATION_PER_BYTE * size);
    }
    try (TensorFile file = TensorFile.open(path)) {
      return Fixtures.everything(file);
    }
  }

  private static int headEnd(String name, byte[] sound) {
    if (name.endsWith(".npz") || name.endsWith(".pt")) {
      return sound.length;
    }
    if (name.endsWith(".npy")) {
      return 10 + Byte.toUnsignedInt(sound[8]) + (Byte.toUnsignedInt(sound[9]) << 8);
    }
    return 8 + Byte.toUnsignedInt(sound[0]) + (Byte.toUnsignedInt(sound[1]) << 8);
  }
}
