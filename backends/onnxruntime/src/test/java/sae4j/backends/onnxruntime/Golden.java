// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.files.FormatException;
import sae4j.models.TokenBatch;

/// Expected values made by a script that lies beside them.
final class Golden {
  /// What issue and docs promise between float32 here and PyTorch: 1e-4, relative to the largest
  /// value of the tensor beyond 1.
  static final double TOLERANCE = 1e-4;

  private final ModelWeights tensors;

  private Golden(ModelWeights tensors) {
    this.tensors = tensors;
  }

  static Golden read(String name) throws IOException {
    return new Golden(ModelWeights.inMemory(name, bytes(name)));
  }

  static Golden fixture(String family) throws IOException {
    String name = "/fixtures/" + family + "/expected.safetensors";
    try (InputStream in = Objects.requireNonNull(Golden.class.getResourceAsStream(name), name)) {
      return new Golden(ModelWeights.inMemory(name, in.readAllBytes()));
    }
  }

  List<String> names(String prefix) {
    return tensors.names().stream().filter(name -> name.startsWith(prefix)).toList();
  }

  static byte[] bytes(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Golden.class.getResourceAsStream("/golden/" + name), name)) {
      return in.readAllBytes();
    }
  }

  float[] floats(String name) {
    try {
      byte[] bytes = ((GraphWeight.Storage.Inline) tensors.weight(name).storage()).bytes();
      FloatBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return values;
    } catch (FormatException e) {
      throw new UncheckedIOException(e);
    }
  }

  TokenBatch tokens(String name) {
    try {
      int length = (int) tensors.weight(name).dims()[1];
      float[] ids = floats(name);
      List<int[]> sequences = new ArrayList<>();
      for (int from = 0; from < ids.length; from += length) {
        int[] sequence = new int[length];
        for (int t = 0; t < length; t++) {
          sequence[t] = (int) ids[from + t];
        }
        sequences.add(sequence);
      }
      return TokenBatch.of(sequences);
    } catch (FormatException e) {
      throw new UncheckedIOException(e);
    }
  }

  void assertClose(String name, float[] actual) {
    assertClose(name, actual, TOLERANCE);
  }

  void assertClose(String name, float[] actual, double tolerance) {
    float[] expected = floats(name);
    assertThat(actual).as(name).hasSameSizeAs(expected);
    double scale = 1;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs((double) expected[i] - actual[i]));
    }
    assertThat(worst)
        .as(name + ": largest error, values up to " + scale)
        .isLessThanOrEqualTo(tolerance * scale);
  }
}
