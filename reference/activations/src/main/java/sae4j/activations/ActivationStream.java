// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;

/// Batches of activations without end, at one hook point of a model or at several at once: row i of
/// each matrix belongs to the same token. One reader at a time.
public interface ActivationStream extends AutoCloseable {
  /// What the batches are drawn from, by name: shapes, sums and settings, so that a run is not
  /// continued with something else.
  SequencedMap<String, String> identity();

  /// The number of hook points; the other methods name one by its index.
  int hookPoints();

  /// D of a hook point.
  int width(int hookPoint);

  /// B, the tokens of a batch.
  int rowsPerBatch();

  /// Activations of a hook point to take statistics from; the same whenever the stream is opened.
  ActivationSet sample(int hookPoint);

  /// The next batch, B·D numbers for each hook point, row-major; valid until the next call.
  ///
  /// @throws NonFiniteActivationException if a number in it is NaN or infinite
  List<float[]> next();

  /// Passes batches of a hook point on before [#next] returns them, where a stream reads ahead; by
  /// default it doesn't.
  ///
  /// @param listener may be called by another thread; leaves the batch as it is
  default void whenRead(int hookPoint, Consumer<float[]> listener) {}

  /// Counters that say where the stream stands.
  Map<String, Long> position();

  /// Activations that the counters cannot bring back, by name: what a buffer holds.
  default Map<String, ActivationSet> held() {
    return Map.of();
  }

  /// Continues from where another stream of the same identity stood.
  ///
  /// @param position its counters
  /// @param held gives its held activations by name
  /// @throws IOException if the stream is found to be another one on the way there
  void restore(Map<String, Long> position, Function<String, ActivationSet> held) throws IOException;

  @Override
  default void close() {}
}
