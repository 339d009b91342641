// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Batches that another thread reads while the one before is worked on.
public final class ReadAhead {
  private final DrawnRows batches;
  private final int rowsPerBatch;
  private float[] inUseBD;
  private float[] spareBD;
  private CompletableFuture<Void> reading;
  private long position;
  private volatile Consumer<float[]> whenRead = batch -> {};

  /// Begins to read.
  ///
  /// @param batches read by nobody else from now on
  /// @param rowsPerBatch B
  public ReadAhead(DrawnRows batches, int rowsPerBatch) {
    this.batches = batches;
    this.rowsPerBatch = rowsPerBatch;
    this.inUseBD = new float[Math.multiplyExact(rowsPerBatch, batches.width())];
    this.spareBD = new float[inUseBD.length];
    this.position = batches.position();
    this.reading = read(spareBD);
  }

  private CompletableFuture<Void> read(float[] rowsBD) {
    return CompletableFuture.runAsync(
        () -> {
          batches.next(rowsBD);
          whenRead.accept(rowsBD);
        });
  }

  /// Passes each batch on as soon as it is read, before [#next] returns it. The first to be passed
  /// on is the batch after the next.
  ///
  /// @param listener called by the thread that reads; leaves the batch as it is
  public void whenRead(Consumer<float[]> listener) {
    whenRead = listener;
  }

  /// The next batch, B·D numbers, row-major; valid until the next call.
  ///
  /// @throws NonFiniteActivationException if a number in it is NaN or infinite
  public float[] next() {
    joined(reading);
    float[] readBD = spareBD;
    spareBD = inUseBD;
    inUseBD = readBD;
    position += rowsPerBatch;
    reading = read(spareBD);
    return readBD;
  }

  /// What another thread has read, or the exception that it met.
  static <T extends @Nullable Object> T joined(CompletableFuture<T> reading) {
    try {
      return reading.join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failure;
    }
  }

  /// The number of rows handed out so far.
  public long position() {
    return position;
  }
}
