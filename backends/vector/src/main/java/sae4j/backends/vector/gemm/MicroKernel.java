// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.gemm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import sae4j.backends.vector.parallel.Lanes;

/// The innermost loop of every matrix product: a ROWS × COLUMNS tile of C held in registers while k
/// runs.
///
/// `C[i, j] ← C[i, j] + Σ_k A[i, k]·B[k, j]`, by fused multiply-adds with k ascending. The tile is
/// loaded first, so splitting k into blocks changes no bit of the result. The block is two vectors
/// wide. It is eight rows high where the processor has 32 vector registers (16 sums, 2 of B, 1 of
/// A) and four where it has 16 (8 + 2 + 1). Larger blocks measured no faster, and with 16 registers
/// they spill to memory and halve the speed.
public final class MicroKernel {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = Lanes.COUNT;

  /// AVX-512 and AArch64 have 32 vector registers. A 512-bit machine restricted to narrower vectors
  /// runs the small block nearly as fast.
  private static final boolean MANY_REGISTERS =
      FLOATS.vectorBitSize() >= 512 || System.getProperty("os.arch", "").equals("aarch64");

  public static final int ROWS = MANY_REGISTERS ? 8 : 4;
  public static final int COLUMNS = 2 * LANES;

  private MicroKernel() {}

  /// @param depth the number of steps of k
  /// @param left A, packed as `left[a + k·ROWS + i]`
  /// @param right B, packed as `right[b + k·COLUMNS + j]`
  /// @param tile C, at `tile[c + i·stride + j]`; modified
  public static void accumulate(
      int depth, float[] left, int a, float[] right, int b, float[] tile, int c, int stride) {
    if (MANY_REGISTERS) {
      eightRows(depth, left, a, right, b, tile, c, stride);
    } else {
      fourRows(depth, left, a, right, b, tile, c, stride);
    }
  }

  private static void eightRows(
      int depth, float[] left, int a, float[] right, int b, float[] tile, int c, int stride) {
    FloatVector c00 = FloatVector.fromArray(FLOATS, tile, c);
    FloatVector c01 = FloatVector.fromArray(FLOATS, tile, c + LANES);
    FloatVector c10 = FloatVector.fromArray(FLOATS, tile, c + stride);
    FloatVector c11 = FloatVector.fromArray(FLOATS, tile, c + stride + LANES);
    FloatVector c20 = FloatVector.fromArray(FLOATS, tile, c + 2 * stride);
    FloatVector c21 = FloatVector.fromArray(FLOATS, tile, c + 2 * stride + LANES);
    FloatVector c30 = FloatVector.fromArray(FLOATS, tile, c + 3 * stride);
    FloatVector c31 = FloatVector.fromArray(FLOATS, tile, c + 3 * stride + LANES);
    FloatVector c40 = FloatVector.fromArray(FLOATS, tile, c + 4 * stride);
    FloatVector c41 = FloatVector.fromArray(FLOATS, tile, c + 4 * stride + LANES);
    FloatVector c50 = FloatVector.fromArray(FLOATS, tile, c + 5 * stride);
    FloatVector c51 = FloatVector.fromArray(FLOATS, tile, c + 5 * stride + LANES);
    FloatVector c60 = FloatVector.fromArray(FLOATS, tile, c + 6 * stride);
    FloatVector c61 = FloatVector.fromArray(FLOATS, tile, c + 6 * stride + LANES);
    FloatVector c70 = FloatVector.fromArray(FLOATS, tile, c + 7 * stride);
    FloatVector c71 = FloatVector.fromArray(FLOATS, tile, c + 7 * stride + LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, right, b + k * COLUMNS);
      FloatVector b1 = FloatVector.fromArray(FLOATS, right, b + k * COLUMNS + LANES);
      FloatVector a0 = FloatVector.broadcast(FLOATS, left[a + k * 8]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      FloatVector a1 = FloatVector.broadcast(FLOATS, left[a + k * 8 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      FloatVector a2 = FloatVector.broadcast(FLOATS, left[a + k * 8 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      FloatVector a3 = FloatVector.broadcast(FLOATS, left[a + k * 8 + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
      FloatVector a4 = FloatVector.broadcast(FLOATS, left[a + k * 8 + 4]);
      c40 = a4.fma(b0, c40);
      c41 = a4.fma(b1, c41);
      FloatVector a5 = FloatVector.broadcast(FLOATS, left[a + k * 8 + 5]);
      c50 = a5.fma(b0, c50);
      c51 = a5.fma(b1, c51);
      FloatVector a6 = FloatVector.broadcast(FLOATS, left[a + k * 8 + 6]);
      c60 = a6.fma(b0, c60);
      c61 = a6.fma(b1, c61);
      FloatVector a7 = FloatVector.broadcast(FLOATS, left[a + k * 8 + 7]);
      c70 = a7.fma(b0, c70);
      c71 = a7.fma(b1, c71);
    }
    c00.intoArray(tile, c);
    c01.intoArray(tile, c + LANES);
    c10.intoArray(tile, c + stride);
    c11.intoArray(tile, c + stride + LANES);
    c20.intoArray(tile, c + 2 * stride);
    c21.intoArray(tile, c + 2 * stride + LANES);
    c30.intoArray(tile, c + 3 * stride);
    c31.intoArray(tile, c + 3 * stride + LANES);
    c40.intoArray(tile, c + 4 * stride);
    c41.intoArray(tile, c + 4 * stride + LANES);
    c50.intoArray(tile, c + 5 * stride);
    c51.intoArray(tile, c + 5 * stride + LANES);
    c60.intoArray(tile, c + 6 * stride);
    c61.intoArray(tile, c + 6 * stride + LANES);
    c70.intoArray(tile, c + 7 * stride);
    c71.intoArray(tile, c + 7 * stride + LANES);
  }

  private static void fourRows(
      int depth, float[] left, int a, float[] right, int b, float[] tile, int c, int stride) {
    FloatVector c00 = FloatVector.fromArray(FLOATS, tile, c);
    FloatVector c01 = FloatVector.fromArray(FLOATS, tile, c + LANES);
    FloatVector c10 = FloatVector.fromArray(FLOATS, tile, c + stride);
    FloatVector c11 = FloatVector.fromArray(FLOATS, tile, c + stride + LANES);
    FloatVector c20 = FloatVector.fromArray(FLOATS, tile, c + 2 * stride);
    FloatVector c21 = FloatVector.fromArray(FLOATS, tile, c + 2 * stride + LANES);
    FloatVector c30 = FloatVector.fromArray(FLOATS, tile, c + 3 * stride);
    FloatVector c31 = FloatVector.fromArray(FLOATS, tile, c + 3 * stride + LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(FLOATS, right, b + k * COLUMNS);
      FloatVector b1 = FloatVector.fromArray(FLOATS, right, b + k * COLUMNS + LANES);
      FloatVector a0 = FloatVector.broadcast(FLOATS, left[a + k * 4]);
      c00 = a0.fma(b0, c00);
      c01 = a0.fma(b1, c01);
      FloatVector a1 = FloatVector.broadcast(FLOATS, left[a + k * 4 + 1]);
      c10 = a1.fma(b0, c10);
      c11 = a1.fma(b1, c11);
      FloatVector a2 = FloatVector.broadcast(FLOATS, left[a + k * 4 + 2]);
      c20 = a2.fma(b0, c20);
      c21 = a2.fma(b1, c21);
      FloatVector a3 = FloatVector.broadcast(FLOATS, left[a + k * 4 + 3]);
      c30 = a3.fma(b0, c30);
      c31 = a3.fma(b1, c31);
    }
    c00.intoArray(tile, c);
    c01.intoArray(tile, c + LANES);
    c10.intoArray(tile, c + stride);
    c11.intoArray(tile, c + stride + LANES);
    c20.intoArray(tile, c + 2 * stride);
    c21.intoArray(tile, c + 2 * stride + LANES);
    c30.intoArray(tile, c + 3 * stride);
    c31.intoArray(tile, c + 3 * stride + LANES);
  }
}
