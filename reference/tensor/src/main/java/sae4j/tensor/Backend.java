// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The matrix operations under everything else. Implement this interface and the article's code,
/// every architecture and every test run on your hardware.
///
/// **Shapes.** All matrices are two-dimensional. A vector over features is 1×F, a vector over
/// tokens B×1, a scalar 1×1. The element-wise operations of two matrices broadcast as NumPy does:
/// in each dimension the sizes are equal or one of them is 1. Sizes of 0 are legal; sums over
/// nothing are 0. Shapes that do not fit raise an [IllegalArgumentException] that names both.
///
/// **Precision.** A backend computes in its own precision, [#unitRoundoff()], and adds up in an
/// order that depends on the shapes alone, so that a seed gives the same bits on any number of
/// threads.
///
/// **Gradients.** The gradient named in each comment is what [Tensor] computes from other
/// operations of this interface: g is the gradient of a scalar loss with respect to the result.
///
/// **Steps.** Inside [#step] a backend may record operations instead of running them, and may
/// recycle every result when the step ends; see there.
///
/// NaN follows IEEE 754: an operation on NaN gives NaN, `relu` and `abs` included; a comparison
/// with NaN is false.
public interface Backend extends AutoCloseable {

  /// The name a user types: `ejml`, `vector`, `tornadovm`.
  String name();

  /// One line for people: precision, device, lanes, threads.
  String description();

  /// u, half the distance from 1 to the next number: 2⁻⁵³ in double precision, 2⁻²⁴ in single.
  double unitRoundoff();

  // ---------------------------------------------------------------------------- numbers in and out

  /// A matrix that lives until it is garbage: a parameter, an optimiser's moment. It may be changed
  /// in place by [#adam], [#assign] and [#normaliseRows]; a backend may choose its order in memory
  /// for the work parameters do.
  Storage parameter(int rows, int columns, Elements elements);

  /// A parameter of zeros with the shape and the order in memory of another.
  Storage zerosLike(Storage parameter);

  /// A matrix of given numbers, copied. Inside a step this is one of its inputs, and the array must
  /// stay as it is until the step ends: a batch is large, and need not be copied twice.
  ///
  /// @param rowMajor `rows · columns` numbers or more
  Storage upload(int rows, int columns, float[] rowMajor);

  /// Announces numbers that the next step will upload, so that a device can be given them while it
  /// still works on this one. By default nothing happens. May be called by another thread.
  ///
  /// @param rowMajor stays as it is until that step has ended
  default void expect(int rows, int columns, float[] rowMajor) {}

  /// As [#upload(int, int, float\[\])]; a single-precision backend rounds to nearest.
  Storage upload(int rows, int columns, double[] rowMajor);

  /// Copies `rowCount` rows from `firstRow` on to the start of `target`, row-major.
  void readRows(Storage a, int firstRow, int rowCount, float[] target);

  /// As [#readRows(Storage, int, int, float\[\])], without rounding.
  void readRows(Storage a, int firstRow, int rowCount, double[] target);

  /// All elements, row-major.
  default double[] toDoubles(Storage a) {
    double[] rowMajor = new double[Math.multiplyExact(a.rows(), a.columns())];
    readRows(a, 0, a.rows(), rowMajor);
    return rowMajor;
  }

  /// The elements that are not zero, whatever the layout.
  SparseRows toSparseRows(Storage a);

  // -------------------------------------------------------------------------------------- products

  /// Aᵀ. Gradient: gᵀ. Costs nothing where a backend can hold a transposed view.
  Storage transpose(Storage a);

  /// C = A·B for A n×k and B k×m. Gradients: towards A g·Bᵀ, towards B Aᵀ·g. 2·n·k·m flops dense;
  /// 2·m per stored element when A is row-sparse. |Ĉ − C| ≤ γₖ·|A|·|B| element by element.
  Storage matmul(Storage a, Storage b);

  // -------------------------------------------------------------- element by element, broadcasting

  /// A + B. Gradients: g, summed over the dimensions that were broadcast.
  Storage add(Storage a, Storage b);

  /// A − B. Gradients: g and −g, summed likewise.
  Storage subtract(Storage a, Storage b);

  /// A ⊙ B. Gradients: g ⊙ B and g ⊙ A, summed likewise.
  Storage multiply(Storage a, Storage b);

  /// A ⊘ B. Gradients: g ⊘ B and −g ⊙ A ⊘ B², summed likewise.
  Storage divide(Storage a, Storage b);

  // ---------------------------------------------------------------------------- element by element

  /// c·A. Gradient: c·g.
  Storage scale(Storage a, double factor);

  /// Aᵖ, element by element, as [Math#pow] defines it. Gradient: p·Aᵖ⁻¹ ⊙ g, and 0 for p = 0.
  Storage power(Storage a, double exponent);

  /// eᴬ. Gradient: g ⊙ eᴬ.
  Storage exp(Storage a);

  /// ln A. Gradient: g ⊘ A.
  Storage log(Storage a);

  /// tanh A. Gradient: g ⊙ (1 − tanh² A).
  Storage tanh(Storage a);

  /// |A|. Gradient: g ⊙ sign A.
  Storage abs(Storage a);

  /// −1, 0 or 1. Gradient: 0.
  Storage sign(Storage a);

  /// The same numbers repeated: 1×1, 1×columns or rows×1 becomes rows×columns. Gradient: g summed
  /// back.
  Storage broadcast(Storage a, int rows, int columns);

  // ------------------------------------------------------------------------------------------ sums

  /// Σ over each row: n×m becomes n×1. Gradient: g repeated along the row.
  Storage rowSums(Storage a);

  /// Σ over each column: n×m becomes 1×m. Gradient: g repeated down the column.
  Storage columnSums(Storage a);

  /// Σ over everything: 1×1. Gradient: g repeated.
  Storage sum(Storage a);

  // ---------------------------------------------------------------------------------------- slices

  /// Rows `first … first + count − 1`. Gradient: g among zeros.
  Storage rows(Storage a, int first, int count);

  /// Columns `first … first + count − 1`. Gradient: g among zeros.
  Storage columns(Storage a, int first, int count);

  /// The inverse of a slice: `a` at (`firstRow`, `firstColumn`) of a rows×columns matrix of zeros.
  Storage amongZeros(Storage a, int firstRow, int firstColumn, int rows, int columns);

  // ---------------------------------------------------------------------------------- sparse codes
  // These may return row-sparse storage. Their gradients reach only the active elements: see
  // whereActive.

  /// max(0, A). Gradient: g where the result is active (so 0 at 0, as in PyTorch).
  Storage relu(Storage a);

  /// The k largest elements of each row, the others 0, and those below 0 too: ReLU(TopK(A)). Among
  /// equals the lowest column wins; NaN counts as the largest, as in PyTorch. Gradient: g where the
  /// result is active. Gao et al. 2024, arXiv 2406.04093.
  ///
  /// @param k from 0 to the number of columns
  Storage topK(Storage a, int k);

  /// The k largest elements of each row, the others 0, and those below 0 kept: TopK(A). Gradient: g
  /// where the result is active. A is finite. Among equals from 0 on the lowest column wins, among
  /// equals below 0 the highest.
  ///
  /// By default this is its definition by other operations: an element below 0 is kept if it is not
  /// among the F − k smallest. No element is rounded. The cost is that of all elements below 0; a
  /// backend that chooses in each row does better.
  ///
  /// ```
  /// ReLU(TopK(A, k)) − (ReLU(−A) − ReLU(TopK(−A, F − k)))
  /// ```
  ///
  /// @param k from 0 to the number of columns
  default Storage largest(Storage a, int k) {
    Shapes.requireCount("largest", a, k);
    Storage negated = scale(a, -1);
    Storage smallest = topK(negated, a.columns() - k);
    return subtract(topK(a, k), subtract(relu(negated), smallest));
  }

  /// The `k · rows` largest elements of the whole matrix, the others 0, and those below 0 too.
  /// Among equals the lowest row, then the lowest column wins. Gradient: g where the result is
  /// active. Bussmann et al. 2024, arXiv 2412.06410.
  Storage batchTopK(Storage a, int k);

  /// A where A > θ, else 0, with a threshold 1×F for each column, not negative. Gradient towards A:
  /// g where the result is active; towards θ a pseudo-gradient from [#window]. Rajamanoharan et al.
  /// 2024, arXiv 2407.14435.
  Storage jumpRelu(Storage a, Storage threshold);

  /// 1 where |A − θ| < width/2, else 0: the rectangle kernel under JumpReLU's pseudo-gradients.
  /// Gradient: none.
  Storage window(Storage a, Storage threshold, double width);

  /// What [#jumpRelu] and [#window] make of the same pre-activations.
  ///
  /// @param codes see [#jumpRelu]
  /// @param active 1 where the codes are not 0
  /// @param window see [#window]
  /// @param support not 0 where a code is active or in the window; its values mean nothing else
  record Jump(Storage codes, Storage active, Storage window, Storage support) {}

  /// [#jumpRelu] and [#window] together, for a backend that computes pre-activations as they are
  /// read. Gradients: see there.
  ///
  /// By default each is computed by itself.
  default Jump jump(Storage a, Storage threshold, double width) {
    Storage codes = jumpRelu(a, threshold);
    Storage window = window(a, threshold, width);
    return new Jump(codes, sign(codes), window, add(codes, window));
  }

  /// The smallest element above 0 as 1×1; 0 if there is none, NaN if there is a NaN. Gradient:
  /// none.
  ///
  /// By default this is 1/max(1/A), to within 2u, for elements whose reciprocals are normal
  /// numbers; a backend with a reduction of its own is exact.
  default Storage smallestActive(Storage codes) {
    Storage reciprocals = whereActive(power(codes, -1), relu(codes));
    Storage largest = codes.columns() == 0 ? rowSums(codes) : rowSums(topK(reciprocals, 1));
    Storage largestOfAll = codes.rows() == 0 ? sum(codes) : rowSums(topK(transpose(largest), 1));
    return whereActive(power(largestOfAll, -1), largestOfAll);
  }

  /// G where the codes are not zero, else 0, in the layout of the codes. For row-sparse codes only
  /// these elements of G are computed: a product that was promised but not yet computed costs 2·D
  /// flops an active element, not 2·B·D·F.
  Storage whereActive(Storage gradient, Storage codes);

  // -------------------------------------------------------------------------------------- in place
  // A result computed from a parameter must be read before the parameter is changed: a backend may
  // still hold it as a promise, and then refuses to compute it from other numbers.

  /// One Adam update of a parameter and its moments, all three changed in place. The gradient is
  /// left alone.
  void adam(
      Storage parameter,
      Storage gradient,
      Storage firstMoment,
      Storage secondMoment,
      AdamUpdate update);

  /// Scales each row of a parameter to Euclidean norm 1, in place. A row of zeros stays as it is.
  void normaliseRows(Storage parameter);

  /// Copies numbers into a parameter of the same shape.
  void assign(Storage parameter, Storage source);

  // ----------------------------------------------------------------------------------------- steps

  /// Runs one step of work: batch in, parameters changed in place, a few scalars out.
  ///
  /// By default the operations run as the Java code calls them. A backend may instead record them
  /// while `work` runs and run them all when it ends, on a device, compiled once for each sequence
  /// of operations and shapes. That is why `work` may not read a result (only 1×1 tensors it
  /// returns are read, after the step), and why numbers that change from step to step (batch,
  /// learning rate, coefficients) may come from anywhere: a recorder treats every upload and every
  /// plain number as an input of the step.
  ///
  /// A backend takes one step at a time, because its results share memory: two trainers on two
  /// threads need a backend each. A second step throws an [IllegalStateException], unless the
  /// backend can run both.
  ///
  /// A result made inside a step, gradients included, may be recycled when the step ends and must
  /// not be used afterwards; parameters stay.
  ///
  /// @param work returns 1×1 tensors
  /// @return their values
  default double[] step(Supplier<List<Tensor>> work) {
    return work.get().stream().mapToDouble(Tensor::item).toArray();
  }

  /// Runs work whose results are read afterwards: encoding, reconstructing.
  ///
  /// By default the operations run as the Java code calls them. A backend with a device of its own
  /// records them, as in a step, and runs them there together: what lies between uploads and
  /// results never leaves the device. So `work` may neither read a result nor change a parameter,
  /// arrays that it uploads must stay as they are until it has ended, and only the results it
  /// returns may be used afterwards. Within a step it is a part of that step.
  ///
  /// @return what `work` returned
  default List<Tensor> compute(Supplier<List<Tensor>> work) {
    return work.get();
  }

  /// The seconds spent in each kind of work since this was last asked, in an order of the
  /// backend's; empty where a backend doesn't measure.
  default Map<String, Double> takePhaseSeconds() {
    return Map.of();
  }

  /// Frees threads, devices and memory. Storages of a closed backend must not be used, and making
  /// new ones throws an [IllegalStateException].
  @Override
  void close();
}
