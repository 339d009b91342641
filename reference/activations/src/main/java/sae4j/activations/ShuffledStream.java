// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sae4j.files.Fingerprint;

/// Batches drawn from stored activations in random order (see [Mixing]), read ahead by other
/// threads. Several sets of the same tokens are drawn from in the same order.
public final class ShuffledStream implements ActivationStream {
  private static final String ROW = "row";

  private final List<ActivationSet> sets;
  private final long seed;
  private final int rowsPerBatch;
  private final Mixing mixing;
  private @Nullable SequencedMap<String, String> identity;
  private List<ReadAhead> batches;

  /// Begins to read.
  ///
  /// @param sets of the same tokens, at least one
  /// @param seed decides the order
  /// @param rowsPerBatch B
  /// @throws IllegalArgumentException if the sets differ in their number of rows, or have none
  public ShuffledStream(List<ActivationSet> sets, long seed, int rowsPerBatch) {
    this(sets, seed, rowsPerBatch, Mixing.STANDARD);
  }

  /// As above, mixed in another way.
  public ShuffledStream(List<ActivationSet> sets, long seed, int rowsPerBatch, Mixing mixing) {
    long rows = sets.getFirst().rows();
    for (ActivationSet set : sets) {
      if (set.rows() != rows) {
        throw new IllegalArgumentException(
            "activations: one hook point has %d rows and another %d; give the same tokens"
                .formatted(rows, set.rows()));
      }
    }
    this.sets = List.copyOf(sets);
    this.seed = seed;
    this.rowsPerBatch = rowsPerBatch;
    this.mixing = mixing;
    this.batches = from(0);
  }

  private List<ReadAhead> from(long row) {
    return sets.stream()
        .map(
            set -> {
              DrawnRows rows = mixing.source(set, sets, seed);
              rows.position(row);
              return new ReadAhead(rows, rowsPerBatch);
            })
        .toList();
  }

  /// Rows and width of each set, `600×8`, and the sums of their rows; the order where it is not one
  /// of all rows.
  @Override
  public SequencedMap<String, String> identity() {
    SequencedMap<String, String> known = identity;
    if (known == null) {
      known = identityOf(sets);
      if (!mixing.isWhole(sets)) {
        known.put("order", mixing.inWords(sets));
      }
      identity = known;
    }
    return known;
  }

  private static SequencedMap<String, String> identityOf(List<ActivationSet> sets) {
    SequencedMap<String, String> identity = new LinkedHashMap<>();
    identity.put(
        "shape",
        String.join(", ", sets.stream().map(set -> set.rows() + "×" + set.width()).toList()));
    identity.put(
        "sum",
        String.join(
            ", ",
            sets.stream()
                .map(set -> Fingerprint.ofRows(set.rows(), row -> set.block(row, 1)))
                .toList()));
    return identity;
  }

  @Override
  public int hookPoints() {
    return sets.size();
  }

  @Override
  public int width(int hookPoint) {
    return sets.get(hookPoint).width();
  }

  @Override
  public int rowsPerBatch() {
    return rowsPerBatch;
  }

  /// All of the set.
  @Override
  public ActivationSet sample(int hookPoint) {
    return sets.get(hookPoint);
  }

  @Override
  public List<float[]> next() {
    return batches.stream().map(ReadAhead::next).toList();
  }

  @Override
  public void whenRead(int hookPoint, Consumer<float[]> listener) {
    batches.get(hookPoint).whenRead(listener);
  }

  @Override
  public Map<String, Long> position() {
    return Map.of(ROW, batches.getFirst().position());
  }

  @Override
  public void restore(Map<String, Long> position, Function<String, ActivationSet> held) {
    batches = from(position.getOrDefault(ROW, 0L));
  }
}
