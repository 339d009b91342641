// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// Seeded initial values with PyTorch's distributions.
///
/// The random numbers are those of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", 2014) read by position: element (i, j) depends on seed, i and j alone. So
/// every backend, on any number of threads and in any order in memory, starts from the same
/// weights.
public final class Initialiser {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private Initialiser() {}

  /// U(−bound, bound).
  public static Elements uniform(long seed, double bound) {
    return (row, column) -> bound * (2 * unit(seed, row, column, 0) - 1);
  }

  /// N(0, 1), by the Box–Muller transform.
  public static Elements normal(long seed) {
    return (row, column) ->
        Math.sqrt(-2 * Math.log(1 - unit(seed, row, column, 0)))
            * Math.cos(2 * Math.PI * unit(seed, row, column, 1));
  }

  /// `nn.Linear`'s default for weight and bias alike: `kaiming_uniform_(a=√5)`, which is
  /// U(±1/√fanIn).
  ///
  /// @param fanIn inputs of the layer
  public static Elements linear(long seed, int fanIn) {
    return uniform(seed, fanIn == 0 ? 0 : 1 / Math.sqrt(fanIn));
  }

  /// `nn.init.kaiming_uniform_(a=0)`: U(±√(6/fanIn)). He et al. 2015, arXiv 1502.01852.
  ///
  /// @param fanIn inputs of the layer
  public static Elements kaimingUniform(long seed, int fanIn) {
    return uniform(seed, Math.sqrt(6.0 / fanIn));
  }

  /// A parameter whose rows are uniform on the unit sphere: `randn`, then each row scaled to
  /// norm 1.
  public static Tensor unitNormRows(Backend backend, int rows, int columns, long seed) {
    Tensor parameter = Tensor.parameter(backend, rows, columns, normal(seed));
    backend.normaliseRows(parameter.storage());
    return parameter;
  }

  /// A seed for another stream: parameters of one model must not repeat each other's numbers.
  public static long derive(long seed, int stream) {
    return mix(seed + GOLDEN_GAMMA * (stream + 1L));
  }

  /// Uniform in [0, 1) with 53 bits.
  private static double unit(long seed, int row, int column, int draw) {
    long position = (((long) row << 32) | column) * 2 + draw;
    return (mix(mix(seed) + GOLDEN_GAMMA * (position + 1)) >>> 11) * 0x1.0p-53;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
