// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A matrix that remembers how it was computed, so that a loss can be differentiated with respect
/// to the parameters behind it: `torch.Tensor`, in two dimensions.
///
/// Each operation below is one line of value and, for each input, one line of gradient; [#backward]
/// applies those lines in reverse (reverse-mode differentiation). The numbers belong to the
/// [Backend].
public final class Tensor {
  /// An input of an operation, and what a gradient of the result contributes to the gradient of
  /// that input.
  private record Edge(Tensor input, UnaryOperator<Storage> contribution) {}

  private final Backend backend;
  private final Storage value;
  private final List<Edge> edges;
  private final boolean requiresGradient;

  /// Where a gradient can matter at all: where this is not zero. Null: everywhere.
  private final @Nullable Storage gradientSupport;

  private @Nullable Storage gradient;

  private Tensor(
      Backend backend,
      Storage value,
      List<Edge> edges,
      boolean requiresGradient,
      @Nullable Storage gradientSupport) {
    this.backend = backend;
    this.value = value;
    this.edges = edges;
    this.requiresGradient = requiresGradient;
    this.gradientSupport = gradientSupport;
  }

  // -------------------------------------------------------------------------------- making tensors

  /// A parameter: a leaf that gathers gradients and that an optimiser changes in place.
  public static Tensor parameter(Backend backend, int rows, int columns, Elements elements) {
    return new Tensor(backend, backend.parameter(rows, columns, elements), List.of(), true, null);
  }

  /// Given numbers, without gradient.
  ///
  /// @param rowMajor `rows · columns` numbers or more
  /// @throws IllegalArgumentException if there are fewer, or a size is negative
  public static Tensor of(Backend backend, int rows, int columns, float[] rowMajor) {
    Shapes.requireNumbers(rows, columns, rowMajor.length);
    return constant(backend, backend.upload(rows, columns, rowMajor));
  }

  /// Given numbers, without gradient.
  ///
  /// @param rowMajor `rows · columns` numbers or more
  /// @throws IllegalArgumentException if there are fewer, or a size is negative
  public static Tensor of(Backend backend, int rows, int columns, double... rowMajor) {
    Shapes.requireNumbers(rows, columns, rowMajor.length);
    return constant(backend, backend.upload(rows, columns, rowMajor));
  }

  /// A value without history.
  public static Tensor constant(Backend backend, Storage value) {
    return new Tensor(backend, value, List.of(), false, null);
  }

  /// The same value without history: `torch.Tensor.detach`.
  public Tensor detach() {
    return constant(backend, value);
  }

  // ------------------------------------------------------------------------------------ operations

  /// A·B.
  public Tensor matmul(Tensor other) {
    return result(
        backend.matmul(value, other.value),
        new Edge(this, g -> backend.matmul(g, backend.transpose(other.value))),
        new Edge(other, g -> backend.matmul(backend.transpose(value), g)));
  }

  /// Aᵀ.
  public Tensor transpose() {
    return result(backend.transpose(value), new Edge(this, backend::transpose));
  }

  /// A + B, broadcasting.
  public Tensor plus(Tensor other) {
    return result(backend.add(value, other.value), new Edge(this, g -> g), new Edge(other, g -> g));
  }

  /// A − B, broadcasting.
  public Tensor minus(Tensor other) {
    return result(
        backend.subtract(value, other.value),
        new Edge(this, g -> g),
        new Edge(other, g -> backend.scale(summedTo(other.rows(), other.columns(), g), -1)));
  }

  /// A ⊙ B, broadcasting.
  public Tensor times(Tensor other) {
    return result(
        backend.multiply(value, other.value),
        new Edge(this, g -> backend.multiply(g, other.value)),
        new Edge(other, g -> backend.multiply(g, value)));
  }

  /// A ⊘ B, broadcasting.
  public Tensor dividedBy(Tensor other) {
    Storage quotient = backend.divide(value, other.value);
    return result(
        quotient,
        new Edge(this, g -> backend.divide(g, other.value)),
        new Edge(
            other,
            g -> backend.scale(backend.divide(backend.multiply(g, quotient), other.value), -1)));
  }

  /// c·A.
  public Tensor times(double factor) {
    return elementwise(backend.scale(value, factor), g -> backend.scale(g, factor));
  }

  /// Aᵖ, element by element.
  public Tensor pow(double exponent) {
    double lowered = exponent == 0 ? 0 : exponent - 1;
    return elementwise(
        backend.power(value, exponent),
        g ->
            backend.multiply(
                backend.scale(g, exponent), lowered == 1 ? value : backend.power(value, lowered)));
  }

  /// eᴬ, element by element.
  public Tensor exp() {
    Storage exponential = backend.exp(value);
    return result(exponential, new Edge(this, g -> backend.multiply(g, exponential)));
  }

  /// ln A, element by element.
  public Tensor log() {
    return result(backend.log(value), new Edge(this, g -> backend.divide(g, value)));
  }

  /// tanh A, element by element: dt = (1 − t²) dA.
  public Tensor tanh() {
    Storage t = backend.tanh(value);
    return elementwise(t, g -> backend.subtract(g, backend.multiply(g, backend.power(t, 2))));
  }

  /// |A|, element by element.
  public Tensor abs() {
    return elementwise(backend.abs(value), g -> backend.multiply(g, backend.sign(value)));
  }

  /// Σ of each row, n×1.
  public Tensor rowSums() {
    return result(
        backend.rowSums(value), new Edge(this, g -> backend.broadcast(g, rows(), columns())));
  }

  /// Σ of each column, 1×m.
  public Tensor columnSums() {
    return result(
        backend.columnSums(value), new Edge(this, g -> backend.broadcast(g, rows(), columns())));
  }

  /// Σ of everything, 1×1.
  public Tensor sum() {
    return result(backend.sum(value), new Edge(this, g -> backend.broadcast(g, rows(), columns())));
  }

  /// The mean of everything, 1×1; NaN of nothing.
  public Tensor mean() {
    return sum().times(1.0 / ((double) rows() * columns()));
  }

  /// Rows `first … first + count − 1`.
  public Tensor rows(int first, int count) {
    return slice(
        storage -> backend.rows(storage, first, count),
        g -> backend.amongZeros(g, first, 0, rows(), columns()));
  }

  /// Row `index`, 1×m.
  public Tensor row(int index) {
    return rows(index, 1);
  }

  /// Columns `first … first + count − 1`.
  public Tensor columns(int first, int count) {
    return slice(
        storage -> backend.columns(storage, first, count),
        g -> backend.amongZeros(g, 0, first, rows(), columns()));
  }

  /// Slices of codes are codes: a gradient matters in a slice where it matters in the whole.
  ///
  /// Codes are usually their own support. Their slice then is its own as well, and a backend may
  /// gain by that.
  @SuppressWarnings("ReferenceEquality") // whether it is the same storage, not equal numbers
  private Tensor slice(UnaryOperator<Storage> cut, UnaryOperator<Storage> contribution) {
    Node node = new Node(cut.apply(value)).edge(this, contribution);
    if (gradientSupport != null) {
      node.gradientWhere(gradientSupport == value ? node.value : cut.apply(gradientSupport));
    }
    return node.tensor();
  }

  /// A function of each element by itself: where a gradient of the input does not matter, one of
  /// the result does not either.
  private Tensor elementwise(Storage image, UnaryOperator<Storage> contribution) {
    Node node = new Node(image).edge(this, contribution);
    return (gradientSupport == null ? node : node.gradientWhere(gradientSupport)).tensor();
  }

  // ---------------------------------------------------------------------------------- sparse codes

  /// max(0, A).
  public Tensor relu() {
    return codes(backend.relu(value));
  }

  /// ReLU(TopK(A)) of each row; see [Backend#topK].
  public Tensor topK(int k) {
    return codes(backend.topK(value, k));
  }

  /// TopK(A) of each row, elements below 0 included; see [Backend#largest].
  public Tensor largest(int k) {
    return codes(backend.largest(value, k));
  }

  /// ReLU of the `k · rows` largest elements; see [Backend#batchTopK].
  public Tensor batchTopK(int k) {
    return codes(backend.batchTopK(value, k));
  }

  /// A where the codes are not 0, else 0; A may be below 0 there. No gradient reaches the codes:
  /// they only say where. See [Backend#whereActive].
  ///
  /// @param codes of the shape of A
  public Tensor whereActive(Tensor codes) {
    Node node = new Node(backend.whereActive(value, codes.value)).gradientWhere(codes.value);
    return node.edge(this, g -> g).tensor();
  }

  /// A where A > θ, else 0. The pseudo-gradient towards θ is −θ/ε where |A − θ| < ε/2 (arXiv
  /// 2407.14435, eq. 11).
  ///
  /// @param threshold θ, 1×F, not negative
  /// @param bandwidth ε
  public Tensor jumpRelu(Tensor threshold, double bandwidth) {
    return jump(threshold, bandwidth).codes();
  }

  /// A where A > θ, else 0, with a θ that is given and not learned.
  ///
  /// @param threshold θ, 1×F or 1×1, not negative; no gradient reaches it
  public Tensor jumpRelu(Tensor threshold) {
    return codes(backend.jumpRelu(value, threshold.value));
  }

  /// 1 where A > θ, else 0: summed over a row this is L0. No gradient reaches A; the
  /// pseudo-gradient towards θ is −1/ε where |A − θ| < ε/2 (arXiv 2407.14435, eq. 12).
  ///
  /// @param threshold θ, 1×F, not negative
  /// @param bandwidth ε
  public Tensor heaviside(Tensor threshold, double bandwidth) {
    return jump(threshold, bandwidth).active();
  }

  /// What a threshold makes of pre-activations.
  ///
  /// @param codes see [Tensor#jumpRelu(Tensor, double)]
  /// @param active see [Tensor#heaviside]
  public record Jump(Tensor codes, Tensor active) {}

  /// [#jumpRelu(Tensor, double)] and [#heaviside] together: what they share is computed once.
  ///
  /// @param threshold θ, 1×F, not negative
  /// @param bandwidth ε
  public Jump jump(Tensor threshold, double bandwidth) {
    Backend.Jump jump = backend.jump(value, threshold.value, bandwidth);
    Tensor codes =
        new Node(jump.codes())
            .gradientWhere(jump.support())
            .edge(this, g -> backend.whereActive(g, jump.active()))
            .edge(
                threshold,
                g ->
                    backend.scale(
                        backend.multiply(
                            backend.columnSums(backend.whereActive(g, jump.window())),
                            threshold.value),
                        -1 / bandwidth))
            .tensor();
    Tensor active =
        new Node(jump.active())
            .gradientWhere(jump.window())
            .edge(threshold, g -> backend.scale(backend.columnSums(g), -1 / bandwidth))
            .tensor();
    return new Jump(codes, active);
  }

  /// Codes pass a gradient on where they are active. Each contribution is restricted as it arrives,
  /// so that a B×F gradient never exists when the codes are row-sparse.
  private Tensor codes(Storage codes) {
    return new Node(codes).gradientWhere(codes).edge(this, g -> g).tensor();
  }

  // ---------------------------------------------------------------------------- without a gradient

  /// −1, 0 or 1, element by element; of codes, 1 where they are active. Gradient: none, the result
  /// has no history.
  public Tensor sign() {
    return constant(backend, backend.sign(value));
  }

  /// The smallest element above 0, 1×1; 0 if there is none. Gradient: none, the result has no
  /// history. See [Backend#smallestActive].
  public Tensor smallestActive() {
    return constant(backend, backend.smallestActive(value));
  }

  // -------------------------------------------------------------------------------------- in place

  /// A ← B. This is a parameter or another matrix that lives on; no gradient passes, and what was
  /// computed from A must have been read. See [Backend#assign].
  ///
  /// @param source of the shape of A
  public void assign(Tensor source) {
    backend.assign(value, source.value);
  }

  // ------------------------------------------------------------------------------- differentiation

  /// Adds d(this)/d(parameter) to the gradient of every parameter behind this scalar:
  /// `torch.Tensor.backward`.
  ///
  /// @throws IllegalStateException if this is not 1×1
  public void backward() {
    if (rows() != 1 || columns() != 1) {
      throw new IllegalStateException("backward() needs a scalar, 1×1, not " + shape());
    }
    receive(backend.upload(1, 1, new double[] {1}));
    for (Tensor tensor : resultsBeforeInputs()) {
      Storage arrived = tensor.gradient;
      if (arrived == null) {
        continue;
      }
      tensor.gradient = null;
      for (Edge edge : tensor.edges) {
        edge.input.receive(edge.contribution.apply(arrived));
      }
    }
  }

  private void receive(Storage contribution) {
    Storage unbroadcast = summedTo(rows(), columns(), contribution);
    Storage kept =
        gradientSupport == null ? unbroadcast : backend.whereActive(unbroadcast, gradientSupport);
    gradient = gradient == null ? kept : backend.add(gradient, kept);
  }

  /// The gradient of a broadcast is the sum over the elements it was copied to.
  private Storage summedTo(int rows, int columns, Storage contribution) {
    Storage summed = contribution;
    if (rows == 1 && summed.rows() != 1) {
      summed = backend.columnSums(summed);
    }
    if (columns == 1 && summed.columns() != 1) {
      summed = backend.rowSums(summed);
    }
    return summed;
  }

  /// The operations behind this tensor, each after everything that used its result.
  private List<Tensor> resultsBeforeInputs() {
    Set<Tensor> inputsFirst = new LinkedHashSet<>();
    Set<Tensor> entered = new HashSet<>();
    Deque<Tensor> path = new ArrayDeque<>();
    path.push(this);
    while (!path.isEmpty()) {
      Tensor top = path.peek();
      if (entered.add(top)) {
        top.edges.stream()
            .map(Edge::input)
            .filter(input -> !entered.contains(input))
            .forEach(path::push);
      } else {
        path.pop();
        if (!top.edges.isEmpty()) {
          inputsFirst.add(top);
        }
      }
    }
    return List.copyOf(inputsFirst).reversed();
  }

  private Tensor result(Storage value, Edge... edges) {
    Node node = new Node(value);
    for (Edge edge : edges) {
      node.edge(edge.input, edge.contribution);
    }
    return node.tensor();
  }

  /// A result under construction: edges to inputs that need no gradient are dropped.
  private final class Node {
    private final Storage value;
    private final List<Edge> edges = new ArrayList<>();
    private @Nullable Storage gradientSupport;

    Node(Storage value) {
      this.value = value;
    }

    Node gradientWhere(Storage support) {
      gradientSupport = support;
      return this;
    }

    Node edge(Tensor input, UnaryOperator<Storage> contribution) {
      if (input.requiresGradient) {
        edges.add(new Edge(input, contribution));
      }
      return this;
    }

    Tensor tensor() {
      return new Tensor(backend, value, List.copyOf(edges), !edges.isEmpty(), gradientSupport);
    }
  }

  // --------------------------------------------------------------------------------- looking at it

  /// The backend that holds the numbers.
  public Backend backend() {
    return backend;
  }

  /// The numbers, for the backend.
  public Storage storage() {
    return value;
  }

  /// The number of rows.
  public int rows() {
    return value.rows();
  }

  /// The number of columns.
  public int columns() {
    return value.columns();
  }

  /// The layout the backend chose.
  public Layout layout() {
    return value.layout();
  }

  /// `rows×columns`, for messages.
  public String shape() {
    return rows() + "×" + columns();
  }

  /// The gradient that [#backward] left here, or null: only parameters keep one.
  public @Nullable Tensor gradient() {
    return gradient == null ? null : constant(backend, gradient);
  }

  /// Forgets the gradient.
  public void zeroGradient() {
    gradient = null;
  }

  /// The value of a scalar.
  ///
  /// @throws IllegalStateException if this is not 1×1
  public double item() {
    if (rows() != 1 || columns() != 1) {
      throw new IllegalStateException("item() needs a scalar, 1×1, not " + shape());
    }
    return toDoubles()[0];
  }

  /// All elements, row-major.
  public double[] toDoubles() {
    return backend.toDoubles(value);
  }

  /// All elements, row-major, rounded to nearest.
  public float[] toFloats() {
    float[] rowMajor = new float[Math.multiplyExact(rows(), columns())];
    readRows(0, rows(), rowMajor);
    return rowMajor;
  }

  /// Copies rows, rounded to nearest: for a matrix that is too large to be copied as a whole.
  ///
  /// @param first from 0
  /// @param target receives `count · columns` numbers, row-major, from its start on
  public void readRows(int first, int count, float[] target) {
    backend.readRows(value, first, count, target);
  }

  /// The elements that are not zero.
  public SparseRows toSparseRows() {
    return backend.toSparseRows(value);
  }

  @Override
  public String toString() {
    return (long) rows() * columns() <= 64 ? shape() + " " + Arrays.toString(toDoubles()) : shape();
  }
}
