// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.List;
import sae4j.backends.tornadovm.engine.KernelCall;
import sae4j.backends.tornadovm.launches.ProductSizes;
import sae4j.backends.tornadovm.launches.ProductSizes.Operand;
import sae4j.tensor.Precision;
import uk.ac.manchester.tornado.api.common.LibraryTaskDescriptor;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.LibraryTask1;
import uk.ac.manchester.tornado.cublas.CuBlas;
import uk.ac.manchester.tornado.cublas.enums.CuBlasOperation;

/// The dense product C = A·B by NVIDIA's library cuBLAS. It agrees with `Products#product` to
/// within γₖ·|A|·|B|, with the unit roundoff of the precision.
///
/// cuBLAS is column-major, so it takes our row-major matrix for its transpose. The call therefore
/// computes Cᵀ = Bᵀ·Aᵀ: the operands are exchanged, and a row-major operand is passed as it is.
final class CublasProduct {
  private CublasProduct() {}

  /// Whether cuBLAS can read the operands as they lie.
  static boolean fits(KernelCall call) {
    ProductSizes sizes = ProductSizes.read(call.sizes());
    return sizes.elements() > 0
        && sizes.terms() > 0
        && sizes.a().isContiguous()
        && sizes.b().isContiguous();
  }

  static void add(Tasks tasks, KernelCall call, Precision precision) {
    ProductSizes sizes = ProductSizes.read(call.sizes());
    int columns = sizes.columns();
    int rows = sizes.rows();
    int terms = sizes.terms();
    List<Object> arrays = call.arrays();
    Object a = arrays.get(0);
    Object b = arrays.get(1);
    Object c = arrays.get(2);
    Object[] parameters = {
      operation(sizes.b()),
      operation(sizes.a()),
      columns,
      rows,
      terms,
      1.0f,
      b,
      leading(sizes.b(), columns, terms),
      a,
      leading(sizes.a(), terms, rows),
      0.0f,
      c,
      columns
    };
    LibraryTaskDescriptor product = descriptor(precision).withParameters(parameters);
    // the factory is called once, while the graph is built
    tasks.graph.libraryTask(tasks.next(1), (LibraryTask1<Object>) _ -> product, a);
  }

  private static int operation(Operand operand) {
    return (operand.isRowMajor() ? CuBlasOperation.CUBLAS_OP_N : CuBlasOperation.CUBLAS_OP_T)
        .operation();
  }

  /// The distance of rows, or of columns if those are contiguous; at least their length.
  private static int leading(Operand operand, int columns, int rows) {
    return operand.isRowMajor()
        ? Math.max(operand.rowStride(), columns)
        : Math.max(operand.columnStride(), rows);
  }

  /// The library call with its access flags and tuning, without its arrays.
  private static LibraryTaskDescriptor descriptor(Precision precision) {
    return precision == Precision.TF32
        ? CuBlas.cublasSgemmTF32(0, 0, 0, 0, 0, 1, null, 0, null, 0, 0, null, 0)
        : CuBlas.cublasSgemm(0, 0, 0, 0, 0, 1, null, 0, null, 0, 0, null, 0);
  }
}
