// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Files written by `make_fixtures.py`, and what is in them.
public final class Fixtures {
  private Fixtures() {}

  public static Path path(String name) {
    try {
      return Path.of(Objects.requireNonNull(Fixtures.class.getResource(name), name).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Every tensor of a file with all its bit patterns: equal lists are equal files.
  public static List<String> everything(TensorFile file) throws IOException {
    List<String> all = new ArrayList<>();
    for (TensorInfo info : file.tensors()) {
      StringBuilder line = new StringBuilder(info.toString()).append(':');
      for (long bits : bits(file.tensor(info.name()))) {
        line.append(' ').append(Long.toHexString(bits));
      }
      all.add(line.toString());
    }
    return all;
  }

  public static long[] bits(StoredTensor tensor) {
    long[] bits = new long[Math.toIntExact(tensor.shape().elements())];
    tensor.readBits(0, bits, bits.length);
    return bits;
  }

  /// `0, 1, 2, …` as the counting tensors hold.
  public static float[] counting(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = i;
    }
    return values;
  }
}
