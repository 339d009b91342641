// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.tensor.Backend;
import sae4j.tensor.Einops;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// A differentiable program. Every operation of [Tensor] has its case, except those whose gradient
/// is not a derivative.
///
/// @param name the operation
/// @param opening makes the program's parameters on a backend, from a seed
record GradientCase(String name, BiFunction<Backend, Long, Program> opening) {
  /// Parameters, and a matrix that is computed from them as they are when it is asked for.
  record Program(List<Tensor> parameters, Supplier<Tensor> result) {

    /// Σ wᵢ·resultᵢ with weights that are all different, so that an element in the wrong place
    /// changes the loss.
    Tensor loss() {
      Tensor matrix = result.get();
      Backend backend = matrix.backend();
      float[] weights = Numbers.MODERATE.draw(matrix.columns(), matrix.rows() * matrix.columns());
      return matrix.times(Tensor.of(backend, matrix.rows(), matrix.columns(), weights)).sum();
    }
  }

  @FunctionalInterface
  private interface Unary {
    Tensor of(Tensor a);
  }

  @FunctionalInterface
  private interface Binary {
    Tensor of(Tensor a, Tensor b);
  }

  Program open(Backend backend, long seed) {
    return opening.apply(backend, seed);
  }

  @Override
  public String toString() {
    return name;
  }

  static List<GradientCase> all() {
    return List.of(
        product("matmul", 4, 3, 5, Tensor::matmul),
        unary("matmul with itself", a -> a.matmul(a.transpose())),
        unary("transpose", Tensor::transpose),
        binary("plus", 4, 3, 4, 3, Tensor::plus),
        binary("plus, a row", 4, 3, 1, 3, Tensor::plus),
        binary("plus, a column", 4, 3, 4, 1, Tensor::plus),
        binary("plus, a scalar", 1, 1, 4, 3, Tensor::plus),
        binary("plus, row and column", 1, 3, 4, 1, Tensor::plus),
        unary("plus itself", a -> a.plus(a)),
        binary("minus", 4, 3, 4, 3, Tensor::minus),
        binary("minus, row and column", 4, 1, 1, 3, Tensor::minus),
        binary("times", 4, 3, 4, 3, Tensor::times),
        binary("times, row and column", 1, 3, 4, 1, Tensor::times),
        binary("times, a scalar", 4, 3, 1, 1, Tensor::times),
        unary("times itself", a -> a.times(a)),
        binary("divided by", 4, 3, 4, 3, Tensor::dividedBy),
        binary("divided by a row", 4, 3, 1, 3, Tensor::dividedBy),
        binary("a column divided by", 4, 1, 4, 3, Tensor::dividedBy),
        unary("times a number", a -> a.times(-0.7)),
        unary("cube", a -> a.pow(3)),
        unary("square", a -> a.pow(2)),
        unary("first power", a -> a.pow(1)),
        unary("power zero", a -> a.pow(0)),
        positive("root", a -> a.pow(0.5)),
        positive("reciprocal", a -> a.pow(-1)),
        positive("inverse root", a -> a.pow(-1.5)),
        unary("exp", Tensor::exp),
        positive("log", Tensor::log),
        unary("tanh", Tensor::tanh),
        unary("abs", Tensor::abs),
        unary("row sums", Tensor::rowSums),
        unary("column sums", Tensor::columnSums),
        unary("sum", Tensor::sum),
        unary("mean", Tensor::mean),
        unary("rows", a -> a.rows(1, 2)),
        unary("row", a -> a.row(3)),
        unary("columns", a -> a.columns(1, 2)),
        unary("no rows", a -> a.rows(2, 0).sum().plus(a)),
        unary("reduce to B, mean", a -> Einops.reduce(a, "B D -> B", "mean")),
        unary("reduce to D, sum", a -> Einops.reduce(a, "B D -> D", "sum")),
        unary("relu", Tensor::relu),
        unary("top k", a -> a.topK(2)),
        unary("largest", a -> a.largest(2)),
        unary("largest of negative elements", a -> a.abs().times(-1).largest(2)),
        unary("largest in magnitude", a -> a.whereActive(a.abs().topK(2))),
        unary("batch top k", a -> a.batchTopK(2)),
        unary("where codes are active", a -> a.whereActive(a.topK(2))),
        unary("where the negative's codes are active", a -> a.whereActive(a.times(-1).topK(2))),
        product(
            "a product where codes are active",
            4,
            3,
            5,
            (a, b) -> a.matmul(b).whereActive(a.matmul(b).times(-1).topK(2)).pow(2)),
        unary("codes squared", a -> a.relu().pow(2)),
        unary("sum of different codes", a -> a.relu().plus(a.times(-1).relu()).plus(a.topK(1))),
        unary("codes times codes", a -> a.relu().times(a.batchTopK(1))),
        product("codes times decoder", 4, 3, 5, (a, b) -> a.relu().matmul(b)),
        product(
            "top codes times decoder and their sums",
            4,
            3,
            5,
            (a, b) -> a.topK(2).matmul(b).plus(a.topK(1).rowSums()).plus(a.relu().sum())),
        product("product of transposes", 4, 3, 4, (a, b) -> a.transpose().matmul(b.transpose())),
        unary("unit rows", a -> a.dividedBy(a.pow(2).rowSums().pow(0.5))),
        unary("softmax", a -> a.exp().dividedBy(a.exp().rowSums())),
        product("two layers", 4, 3, 3, (a, b) -> a.matmul(b).tanh().matmul(b).relu().rowSums()),
        articlesLoss(3, 5, 4, 0.25),
        articlesLoss(4, 7, 1, 0.1));
  }

  private static GradientCase unary(String name, Unary operation) {
    return unary(name, Numbers.MODERATE, operation);
  }

  private static GradientCase positive(String name, Unary operation) {
    return unary(name, Numbers.POSITIVE, operation);
  }

  private static GradientCase unary(String name, Numbers numbers, Unary operation) {
    return new GradientCase(
        name,
        (backend, seed) -> {
          Tensor a = parameter(backend, 4, 3, numbers, seed);
          return new Program(List.of(a), () -> operation.of(a));
        });
  }

  private static GradientCase binary(
      String name, int rowsA, int columnsA, int rowsB, int columnsB, Binary operation) {
    return new GradientCase(
        name,
        (backend, seed) -> {
          Tensor a = parameter(backend, rowsA, columnsA, Numbers.MODERATE, seed);
          Tensor b = parameter(backend, rowsB, columnsB, Numbers.POSITIVE, seed + 1);
          return new Program(List.of(a, b), () -> operation.of(a, b));
        });
  }

  private static GradientCase product(String name, int n, int k, int m, Binary operation) {
    return binary(name, n, k, k, m, operation);
  }

  private static GradientCase articlesLoss(
      int activationDim, int dictSize, int batch, double l1Coefficient) {
    return new GradientCase(
        "the article's loss of %d tokens".formatted(batch),
        (backend, seed) -> {
          var autoencoder = new SparseAutoEncoder(activationDim, dictSize, backend, seed);
          float[] activations = Numbers.MODERATE.draw(~seed, batch * activationDim);
          Tensor modelActivationsBD = Tensor.of(backend, batch, activationDim, activations);
          return new Program(
              autoencoder.parameters(),
              () -> Loss.calculateLoss(autoencoder, modelActivationsBD, l1Coefficient));
        });
  }

  private static Tensor parameter(
      Backend backend, int rows, int columns, Numbers numbers, long seed) {
    return Tensor.parameter(
        backend, rows, columns, Elements.of(numbers.draw(seed, rows * columns), columns));
  }
}
