// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;
import sae4j.saes.weights.SaeWeights;

/// A thousand damaged variants of an SAE in each format, its configuration and its weights in turn.
///
/// Each is refused in one line, or is what its bytes now say:
/// - a zip file (`.pt`, `.npz`) has checksums, so its weights are those it had;
/// - damage to a safetensors file's elements shows in its weights, which are finite; damage to its
///   head alone changes no weight;
/// - damage to a configuration changes no weight (but a threshold that is kept there), and a size,
///   an architecture or an option that does not fit the weights is refused.
class DamagedSaesTest {
  private static final List<Damage> DAMAGES = List.of(Damage.values());
  private static final int VARIANTS = 1000;

  /// What a reader may allocate whatever the files: buffers, parsers, messages.
  private static final long FIXED_ALLOCATION = 1 << 20;

  private static final long ALLOCATION_PER_BYTE = 64;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "saelens_jumprelu",
        "saelens_legacy_topk",
        "saelens_matryoshka_training",
        "saelens_matching_pursuit",
        "dictionary_MatryoshkaBatchTopKSAE",
        "sparsify_skip_transcoder",
        "openai_topk",
        "gemma_jumprelu",
        "gemma2_transcoder",
        "goodfire_relu",
        "qwen_L0_3",
        "circuit_jumprelu_skip",
        "crosscoder_batchtopk",
        "crosscoder_relu_normalised",
        "llama_jumprelu"
      })
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void damaged_saes_are_refused_or_read_as_they_are(String name) throws IOException {
    Path fixture = Fixtures.root().resolve(name);
    List<Path> files = copy(fixture);
    Path path = Fixtures.path(folder.resolve(name));
    SaeFormat format = SaeFormats.recognise(path);
    Map<String, float[]> sound = tensors(read(format, path, files));
    SplittableRandom random = new SplittableRandom(name.hashCode());
    int refused = 0;
    int changed = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
      Path file = files.get(variant % files.size());
      Damage damage = DAMAGES.get(variant / files.size() % DAMAGES.size());
      byte[] good = Files.readAllBytes(file);
      byte[] bad = damage.apply(good, random);
      Files.write(file, bad);
      String what = "%s of %s, variant %d".formatted(damage, file.getFileName(), variant);
      try {
        Map<String, float[]> found = tensors(read(format, path, files));
        boolean weightsMayDiffer = isSafetensors(file) && !sameData(good, bad);
        changed += compare(what, sound, found, weightsMayDiffer, file) ? 1 : 0;
      } catch (FormatException refusal) {
        assertThat(refusal.getMessage())
            .as(what)
            .startsWith(folder.toString())
            .contains("; ")
            .doesNotContain("\n", "\r")
            .hasSizeLessThan(1100);
        refused++;
      }
      Files.write(file, good);
    }
    assertThat(refused).as("refused").isGreaterThan(VARIANTS / 3);
    if (files.stream().anyMatch(DamagedSaesTest::isSafetensors)) {
      assertThat(changed).as("read with other weights").isPositive();
    }
    assertThat(tensors(read(format, path, files)).keySet()).isEqualTo(sound.keySet());
  }

  private static boolean isSafetensors(Path file) {
    return file.toString().endsWith(".safetensors");
  }

  /// Whether what follows the head of a safetensors file is as it was.
  private static boolean sameData(byte[] good, byte[] bad) {
    int head = 8 + Byte.toUnsignedInt(good[0]) + (Byte.toUnsignedInt(good[1]) << 8);
    return bad.length >= head && Arrays.equals(good, head, good.length, bad, head, bad.length);
  }

  /// @return whether anything differs
  private static boolean compare(
      String what,
      Map<String, float[]> sound,
      Map<String, float[]> found,
      boolean mayDiffer,
      Path file) {
    assertThat(found.keySet()).as(what).isEqualTo(sound.keySet());
    boolean differs = false;
    for (Map.Entry<String, float[]> each : found.entrySet()) {
      float[] before = sound.getOrDefault(each.getKey(), new float[0]);
      assertThat(each.getValue().length).as(what).isEqualTo(before.length);
      int firstDifference = Arrays.mismatch(before, each.getValue());
      differs |= firstDifference >= 0;
      boolean inConfiguration =
          each.getKey().equals("threshold") && file.toString().endsWith(".json");
      if (firstDifference >= 0 && !mayDiffer && !inConfiguration) {
        fail("%s: %s differs at %d", what, each.getKey(), firstDifference);
      }
      for (float value : each.getValue()) {
        if (!Float.isFinite(value)) {
          fail("%s: %s is %s", what, each.getKey(), value);
        }
      }
    }
    return differs;
  }

  private List<Path> copy(Path fixture) throws IOException {
    List<Path> copies = new ArrayList<>();
    try (Stream<Path> all = Files.walk(fixture)) {
      for (Path each : all.filter(Files::isRegularFile).sorted().toList()) {
        Path copy = folder.resolve(Fixtures.root().relativize(each).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(each, copy);
        if (!each.endsWith("expected.safetensors")) {
          copies.add(copy);
        }
      }
    }
    return copies;
  }

  private static Map<String, float[]> tensors(SaeWeights weights) {
    Map<String, float[]> values = new TreeMap<>();
    weights.tensors().forEach((name, weight) -> values.put(name, weight.values()));
    return values;
  }

  /// Reads an SAE, and holds the reader to its allowance of memory.
  private static SaeWeights read(SaeFormat format, Path path, List<Path> files) throws IOException {
    long size = 0;
    for (Path file : files) {
      size += Files.size(file);
    }
    long allowed = FIXED_ALLOCATION + ALLOCATION_PER_BYTE * size;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      return format.read(path);
    } finally {
      if (THREADS.getCurrentThreadAllocatedBytes() - before > allowed) {
        // Loading a class for the first time allocates too; the second time is the reader alone.
        assertThat(allocatedBy(format, path)).isLessThan(allowed);
      }
    }
  }

  private static long allocatedBy(SaeFormat format, Path path) throws IOException {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      format.read(path);
    } catch (FormatException refused) {
      // what it allocated before that counts
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
