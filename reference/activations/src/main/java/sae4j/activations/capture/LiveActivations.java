// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.activations.NonFiniteActivationException;
import sae4j.activations.text.DocumentSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;

/// Batches of activations that a language model computes while they are trained on, at one or more
/// hook points from one forward pass. Nothing is stored on disk.
///
/// Neighbouring tokens are alike, so rows go through a mixing buffer. It is filled and shuffled,
/// and batches are drawn from it. When half of it is drawn it is refilled and shuffled again
/// (SAELens, dictionary_learning). Text, seed and sizes determine every bit. A checkpoint keeps the
/// rows in the buffer and the position in the text.
public final class LiveActivations implements ActivationStream {
  private static final int SAMPLE_ROWS = 8_192;
  private static final String BATCHES = "text_batches";
  private static final String REFILLS = "refills";
  private static final String TEXT = "text_sum";

  private final LanguageModel model;
  private final List<HookPoint> hooks;
  private final ActivationCapture capture;
  private final EndlessWindows windows;
  private final SequencedMap<String, String> identity;
  private final int rowsPerBatch;
  private final int bufferRows;
  private final long seed;
  private final List<ActivationSet> samples;
  private final List<float[]> batch = new ArrayList<>();

  /// For each hook the rows not yet drawn, the first `filled` of its array.
  private final List<float[]> buffer = new ArrayList<>();

  private int filled;
  private long refills;

  /// Begins to read, and fills the buffer.
  ///
  /// @param model what reads; the caller keeps and closes it, and lets nobody else use it while a
  ///     batch is made
  /// @param hooks where to read, one or more
  /// @param settings how to read; its limit on tokens does not count here
  /// @param source the text; read again from its start when it ends
  /// @param rowsPerBatch B
  /// @param bufferRows how many rows are mixed, at least 2·B
  /// @param seed decides the order
  /// @throws IOException if the text cannot be read
  /// @throws IllegalArgumentException if the buffer is too small, or as [ActivationCapture]
  public LiveActivations(
      LanguageModel model,
      List<HookPoint> hooks,
      ActivationCapture.Settings settings,
      DocumentSource source,
      int rowsPerBatch,
      int bufferRows,
      long seed)
      throws IOException {
    if (bufferRows < 2L * rowsPerBatch) {
      throw new IllegalArgumentException(
          "buffer of %d rows for batches of %d: give it twice a batch or more"
              .formatted(bufferRows, rowsPerBatch));
    }
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.capture = new ActivationCapture(model, hooks, settings);
    this.windows =
        new EndlessWindows(
            source, model.tokenizer(), settings.windowLength(), settings.batch(), seed);
    this.rowsPerBatch = rowsPerBatch;
    this.bufferRows = bufferRows;
    this.seed = seed;
    this.identity = new LinkedHashMap<>();
    identity.put("model", LanguageModels.identity(model));
    identity.put("hooks", this.hooks.toString());
    identity.putAll(windows.identity());
    identity.put("buffer_rows", Integer.toString(bufferRows));
    int room = bufferRows + settings.batch() * settings.windowLength();
    for (int h = 0; h < hooks.size(); h++) {
      buffer.add(new float[Math.multiplyExact(room, width(h))]);
      batch.add(new float[Math.multiplyExact(rowsPerBatch, width(h))]);
    }
    try {
      refill();
    } catch (UncheckedIOException failure) {
      windows.close();
      throw failure.getCause();
    }
    int sampled = Math.min(SAMPLE_ROWS, filled);
    this.samples =
        IntStream.range(0, hooks.size())
            .mapToObj(
                h -> ActivationSet.of(Arrays.copyOf(buffer.get(h), sampled * width(h)), width(h)))
            .toList();
  }

  private void refill() {
    OptionalLong barrenSince = OptionalLong.empty();
    while (filled < bufferRows) {
      List<TokenTable> read = windows.next();
      if (capture.kept(TokenTable.batch(read)).length == 0) {
        barrenSince = requireRows(barrenSince);
        continue;
      }
      barrenSince = OptionalLong.empty();
      CapturedActivations captured = capture.capture(read);
      for (int h = 0; h < hooks.size(); h++) {
        FloatRows rows = captured.at(hooks.get(h));
        requireFinite(rows);
        System.arraycopy(rows.values(), 0, buffer.get(h), filled * width(h), rows.values().length);
      }
      filled += captured.tokens().size();
    }
    shuffle(new SplittableRandom(seed ^ 0x9E3779B97F4A7C15L * (refills + 1)));
    refills++;
  }

  /// Ends what would go on for ever: a text of which no row is kept.
  ///
  /// @param since passes over the text where it began to give none
  /// @return the same, or where that is now
  /// @throws UncheckedIOException if whole passes gave none
  private OptionalLong requireRows(OptionalLong since) {
    OptionalLong passes = windows.passes();
    if (passes.isEmpty() || since.isEmpty()) {
      return since.isEmpty() ? passes : since;
    }
    if (passes.getAsLong() - since.getAsLong() >= 2) {
      throw new UncheckedIOException(
          new IOException(
              windows.description()
                  + ": all its tokens are left out, because they are the first of a context or the"
                  + " start of a document; give more text"));
    }
    return since;
  }

  private static void requireFinite(FloatRows rows) {
    for (int row = 0; row < rows.rows(); row++) {
      float total = 0;
      for (int d = 0; d < rows.width(); d++) {
        total += 0 * rows.at(row, d); // stays 0 while all are finite
      }
      if (total != 0) {
        throw NonFiniteActivationException.in(rows.values(), row * rows.width(), rows.width(), row);
      }
    }
  }

  /// The same exchanges at every hook point, so that a row belongs to the same token at all of
  /// them.
  private void shuffle(SplittableRandom random) {
    float[] row = new float[IntStream.range(0, hooks.size()).map(this::width).max().orElse(0)];
    for (int i = filled - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      for (int h = 0; h < hooks.size(); h++) {
        float[] rows = buffer.get(h);
        int width = width(h);
        System.arraycopy(rows, i * width, row, 0, width);
        System.arraycopy(rows, j * width, rows, i * width, width);
        System.arraycopy(row, 0, rows, j * width, width);
      }
    }
  }

  @Override
  public SequencedMap<String, String> identity() {
    return identity;
  }

  @Override
  public int hookPoints() {
    return hooks.size();
  }

  @Override
  public final int width(int hookPoint) {
    return model.width(hooks.get(hookPoint));
  }

  @Override
  public int rowsPerBatch() {
    return rowsPerBatch;
  }

  /// Rows of the first buffer.
  @Override
  public ActivationSet sample(int hookPoint) {
    return samples.get(hookPoint);
  }

  /// @throws UncheckedIOException if the text cannot be read
  @Override
  public List<float[]> next() {
    if (filled - rowsPerBatch < bufferRows / 2) {
      refill();
    }
    filled -= rowsPerBatch;
    for (int h = 0; h < hooks.size(); h++) {
      int width = width(h);
      System.arraycopy(buffer.get(h), filled * width, batch.get(h), 0, rowsPerBatch * width);
    }
    return batch;
  }

  @Override
  public Map<String, Long> position() {
    return Map.of(BATCHES, windows.batches(), REFILLS, refills, TEXT, windows.sum());
  }

  @Override
  public Map<String, ActivationSet> held() {
    Map<String, ActivationSet> held = new LinkedHashMap<>();
    for (int h = 0; h < hooks.size(); h++) {
      ActivationSet rows = ActivationSet.of(buffer.get(h), width(h));
      held.put(hooks.get(h).name(), rows.slice(0, filled));
    }
    return held;
  }

  @Override
  public void restore(Map<String, Long> position, Function<String, ActivationSet> held)
      throws IOException {
    for (int h = 0; h < hooks.size(); h++) {
      ActivationSet rows = held.apply(hooks.get(h).name());
      filled = Math.toIntExact(rows.rows());
      rows.readRows(0, filled, buffer.get(h));
    }
    refills = position.getOrDefault(REFILLS, 0L);
    windows.moveTo(position.getOrDefault(BATCHES, 0L));
    windows.requireSum(position.getOrDefault(TEXT, 0L));
  }

  @Override
  public void close() {
    windows.close();
  }
}
