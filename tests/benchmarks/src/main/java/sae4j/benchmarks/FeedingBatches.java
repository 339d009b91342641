// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import sae4j.activations.ActivationStream;
import sae4j.activations.Mixing;
import sae4j.activations.ShuffledStream;
import sae4j.activations.StoredActivations;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;

/// Activations from a file that is not in memory, at the speed that training could take them,
/// beside a plain read of the same file from start to end. Before each reading the file is dropped
/// from the page cache (`posix_fadvise`, so it runs on Linux only). Nothing is done with batches.
///
/// Arguments: where the file may be written, its MiB (default 3072), D (default 768), rounds
/// (default 5).
public final class FeedingBatches {
  private static final int BATCH = 4096;
  private static final int DONTNEED = 4;

  /// Reads of single rows are timed for so many batches: they take long.
  private static final int BATCHES_OF_ALL_ROWS = 12;

  private FeedingBatches() {}

  /// Measures.
  ///
  /// @param args see above
  public static void main(String... args) throws IOException {
    Path file = Path.of(args[0]);
    long mebibytes = args.length > 1 ? Long.parseLong(args[1]) : 3072;
    int width = args.length > 2 ? Integer.parseInt(args[2]) : 768;
    int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
    long rows = (mebibytes << 20) / (4L * width);
    write(file, rows, width);
    try {
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        double plain = plain(file);
        double pooled = drawn(file, Mixing.STANDARD, (int) (rows / BATCH));
        double single = drawn(file, new Mixing(Long.MAX_VALUE, 1, 1), BATCHES_OF_ALL_ROWS);
        ratios.add(pooled / plain);
        System.out.printf(
            "from start to end %.0f MB/s; blocks in pools %.0f MB/s, %,.0f rows/s, %.2f of it;"
                + " an order of all rows %.0f MB/s%n",
            plain / 1e6, pooled / 1e6, pooled / (4.0 * width), pooled / plain, single / 1e6);
      }
      ratios.sort(null);
      System.out.printf(
          "median ratio %.2f (%.2f … %.2f)%n",
          ratios.get(rounds / 2), ratios.getFirst(), ratios.getLast());
    } finally {
      Files.delete(file);
    }
  }

  /// Bytes a second of one read from start to end.
  private static double plain(Path file) throws IOException {
    drop(file);
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    long start = System.nanoTime();
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer.clear()) >= 0) {
        Thread.onSpinWait();
      }
    }
    return Files.size(file) / ((System.nanoTime() - start) / 1e9);
  }

  /// Bytes a second of so many batches.
  private static double drawn(Path file, Mixing mixing, int batches) throws IOException {
    drop(file);
    long start = System.nanoTime();
    try (StoredActivations stored = StoredActivations.open(file, null);
        ActivationStream stream = new ShuffledStream(List.of(stored), 1, BATCH, mixing)) {
      for (int i = 0; i < batches; i++) {
        stream.next();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      return 4.0 * stored.width() * BATCH * batches / seconds;
    }
  }

  private static void write(Path file, long rows, int width) throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    TensorData.RowSource noise =
        (row, numbers) -> {
          for (int d = 0; d < width; d++) {
            numbers[d] = random.nextFloat();
          }
        };
    Safetensors.write(file, Map.of(), List.of(TensorData.rows("activations", rows, width, noise)));
  }

  /// Drops a file from the page cache.
  private static void drop(Path file) {
    Linker linker = Linker.nativeLinker();
    MethodHandle open =
        function(
            linker,
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    MethodHandle advise =
        function(
            linker,
            "posix_fadvise",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
    MethodHandle close =
        function(
            linker, "close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) open.invokeExact(arena.allocateFrom(file.toString()), 0);
      int failure = (int) advise.invokeExact(descriptor, 0L, 0L, DONTNEED);
      int closed = (int) close.invokeExact(descriptor);
      if (descriptor < 0 || failure != 0 || closed != 0) {
        throw new UncheckedIOException(new IOException(file + ": its pages were not dropped"));
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  // the system's own functions, with the types that they have
  @SuppressWarnings("restricted")
  private static MethodHandle function(Linker linker, String name, FunctionDescriptor shape) {
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape);
  }
}
