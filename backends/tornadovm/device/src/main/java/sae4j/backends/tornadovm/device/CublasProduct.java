package sae4j.backends.tornadovm.device;

import sae4j.backends.tornadovm.Engine.Launch;
import sae4j.tensor.Precision;
import uk.ac.manchester.tornado.api.common.LibraryTaskDescriptor;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.LibraryTask1;
import uk.ac.manchester.tornado.cublas.CuBlas;
import uk.ac.manchester.tornado.cublas.enums.CuBlasOperation;

/// The dense product by NVIDIA's library.
///
/// cuBLAS is column-major: what it takes for a matrix is our transpose of it. So Cᵀ = Bᵀ·Aᵀ is
/// computed, with the operands exchanged and a row-major operand passed as it is.
final class CublasProduct {
  private static final int A = 3;
  private static final int B = 6;

  private CublasProduct() {}

  /// Whether the operands begin where their arrays do and lie as cuBLAS can read them: elements of
  /// a row or of a column side by side.
  static boolean fits(Launch launch) {
    int[] s = launch.sizes();
    return s[0] > 0 && s[2] > 0 && fits(s, A) && fits(s, B);
  }

  private static boolean fits(int[] s, int operand) {
    int along = s[operand + 1];
    int across = s[operand + 2];
    return s[operand] == 0 && along > 0 && across > 0 && (along == 1 || across == 1);
  }

  /// Whether elements of a row stand side by side. A single row or column is both; then the larger
  /// stride tells.
  private static boolean rowMajor(int[] s, int operand) {
    return s[operand + 2] == 1 && s[operand + 1] >= 1;
  }

  static void add(Tasks tasks, Launch launch, Precision precision) {
    int[] s = launch.sizes();
    int columns = s[1];
    int rows = s[0] / columns;
    int terms = s[2];
    Object[] parameters = {
      operation(s, B),
      operation(s, A),
      columns,
      rows,
      terms,
      1.0f,
      launch.arrays().get(2),
      leading(s, B, columns, terms),
      launch.arrays().get(1),
      leading(s, A, terms, rows),
      0.0f,
      launch.arrays().get(3),
      columns
    };
    LibraryTaskDescriptor product = descriptor(precision).withParameters(parameters);
    // the factory is called once, while the graph is built
    tasks.graph.libraryTask(
        tasks.next(1), (LibraryTask1<Object>) _ -> product, launch.arrays().get(1));
  }

  private static int operation(int[] s, int operand) {
    return (rowMajor(s, operand) ? CuBlasOperation.CUBLAS_OP_N : CuBlasOperation.CUBLAS_OP_T)
        .operation();
  }

  /// The distance of rows, or of columns where those are contiguous; at least their length.
  private static int leading(int[] s, int operand, int columns, int rows) {
    return rowMajor(s, operand)
        ? Math.max(s[operand + 1], columns)
        : Math.max(s[operand + 2], rows);
  }

  /// The library call with its access flags and tuning, and arrays yet to be filled in.
  private static LibraryTaskDescriptor descriptor(Precision precision) {
    return precision == Precision.TF32
        ? CuBlas.cublasSgemmTF32(0, 0, 0, 0, 0, 1, null, 0, null, 0, 0, null, 0)
        : CuBlas.cublasSgemm(0, 0, 0, 0, 0, 1, null, 0, null, 0, 0, null, 0);
  }
}
