// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.List;
import java.util.stream.IntStream;

/// Which of several vectors points most nearly as a given one.
///
/// @param index of the vector, a row of a matrix
/// @param cosine between the two
public record Match(int index, double cosine) {
  /// For each concept, the decoder vector nearest to it.
  static List<Match> ofConcepts(World world, Matrix decoderFD) {
    return nearest(world.directionsGD(), decoderFD);
  }

  /// For each decoder vector, the concept nearest to it.
  static List<Match> ofFeatures(World world, Matrix decoderFD) {
    return nearest(decoderFD, world.directionsGD());
  }

  private static List<Match> nearest(Matrix each, Matrix among) {
    return IntStream.range(0, each.rows())
        .mapToObj(
            row ->
                IntStream.range(0, among.rows())
                    .mapToObj(other -> new Match(other, between(each.row(row), among.row(other))))
                    .reduce((best, next) -> next.cosine > best.cosine ? next : best)
                    .orElseThrow())
        .toList();
  }

  /// x·y / (‖x‖·‖y‖); 0 where one of them is 0.
  static double between(Matrix x, Matrix y) {
    double norms = Math.sqrt(dot(x, x) * dot(y, y));
    return norms == 0 ? 0 : dot(x, y) / norms;
  }

  private static double dot(Matrix x, Matrix y) {
    return IntStream.range(0, x.values().size())
        .mapToDouble(i -> x.values().get(i) * y.values().get(i))
        .sum();
  }
}
