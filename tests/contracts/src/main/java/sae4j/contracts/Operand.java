// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Storage;

/// An operand of an operation under test: its shape, its numbers and how a backend comes by it. A
/// backend may hold the result of one operation otherwise than numbers from outside (transposed,
/// sparse, not yet computed), so every operation is tried on results of others.
record Operand(int rows, int columns, Form form, Numbers numbers, long seed) {

  /// How the operand comes about.
  enum Form {
    FLOATS,
    DOUBLES,
    PARAMETER,
    TRANSPOSED,
    SLICE,
    BROADCAST,
    PRODUCT,
    RELU_CODES,
    TOP_CODES,
    SCALED_CODES,
    TRANSPOSED_CODES,
    SLICED_CODES,
    SUM_OF_CODES,
    PRODUCT_OF_CODES,
    PRODUCT_WITH_CODES_TRANSPOSED,
    ACTIVE_PART_OF_PRODUCT;

    /// Numbers from outside, moved but not computed: exact, signs of zeros included.
    static final Set<Form> MOVED =
        EnumSet.of(FLOATS, DOUBLES, PARAMETER, TRANSPOSED, SLICE, BROADCAST);

    /// Without codes, whose many zeros are no divisors.
    static final Set<Form> WITHOUT_CODES =
        EnumSet.of(FLOATS, DOUBLES, PARAMETER, TRANSPOSED, SLICE, BROADCAST, PRODUCT);
  }

  /// The operand on a backend.
  Storage on(Backend backend) {
    return switch (form) {
      case FLOATS -> backend.upload(rows, columns, draw(0, rows, columns));
      case DOUBLES -> backend.upload(rows, columns, doubles(draw(0, rows, columns)));
      case PARAMETER ->
          backend.parameter(rows, columns, Elements.of(draw(0, rows, columns), columns));
      case TRANSPOSED -> backend.transpose(dense(backend, 0, columns, rows));
      case SLICE ->
          backend.columns(
              backend.rows(dense(backend, 0, rows + 2, columns + 3), 1, rows), 2, columns);
      case BROADCAST -> backend.broadcast(dense(backend, 0, 1, columns), rows, columns);
      case PRODUCT -> backend.matmul(dense(backend, 0, rows, 3), dense(backend, 1, 3, columns));
      case RELU_CODES -> codes(backend, 0, rows, columns);
      case TOP_CODES -> backend.topK(dense(backend, 0, rows, columns), (columns + 2) / 3);
      case SCALED_CODES -> backend.scale(codes(backend, 0, rows, columns), -0.75);
      case TRANSPOSED_CODES -> backend.transpose(codes(backend, 0, columns, rows));
      case SLICED_CODES -> backend.rows(codes(backend, 0, rows + 2, columns), 1, rows);
      case SUM_OF_CODES ->
          backend.add(codes(backend, 0, rows, columns), codes(backend, 1, rows, columns));
      case PRODUCT_OF_CODES ->
          backend.matmul(codes(backend, 0, rows, 5), dense(backend, 1, 5, columns));
      case PRODUCT_WITH_CODES_TRANSPOSED ->
          backend.matmul(
              backend.transpose(codes(backend, 0, 4, rows)), dense(backend, 1, 4, columns));
      case ACTIVE_PART_OF_PRODUCT ->
          backend.whereActive(
              backend.matmul(dense(backend, 0, rows, 3), dense(backend, 1, 3, columns)),
              codes(backend, 2, rows, columns));
    };
  }

  private Storage codes(Backend backend, int stream, int rows, int columns) {
    return backend.relu(dense(backend, stream, rows, columns));
  }

  private Storage dense(Backend backend, int stream, int rows, int columns) {
    return backend.upload(rows, columns, draw(stream, rows, columns));
  }

  private float[] draw(int stream, int rows, int columns) {
    return numbers.draw(seed + stream, rows * columns);
  }

  private static double[] doubles(float[] floats) {
    double[] doubles = new double[floats.length];
    Arrays.setAll(doubles, i -> floats[i]);
    return doubles;
  }
}
