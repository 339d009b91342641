// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

/// Dense matrix products in tiles, for devices without a vendor's library. A group computes 64×64
/// elements from pieces of A and B that it shares, so each element that is read serves 64 others.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements of C; columns of C |
/// | 2 | terms of each sum |
/// | 3, 4, 5 | where A begins; its strides from row to row and along a row |
/// | 6, 7, 8 | where B begins; its strides from row to row and along a row |
public final class Tiles {
  /// Rows and columns of a tile.
  private static final int SIDE = 64;

  /// Elements of C in a tile.
  public static final int ELEMENTS = SIDE * SIDE;

  /// Terms that are shared at a time.
  private static final int DEPTH = 16;

  private static final int SHARED = SIDE * DEPTH;

  /// Blocks of 4×4 elements in a tile. A thread computes one, or several if the group is small.
  public static final int BLOCKS = 256;

  private static final int BLOCKS_IN_A_ROW = 16;

  private Tiles() {}

  /// `matmul`: C = A·B, row-major; 2·m·k·n flops. It agrees with `Products#product` to within
  /// 2γₖ·|A|·|B|, and the property `GroupsProperties` says so.
  public static void tiledProduct(WorkGroup context, int[] s, float[] a, float[] b, float[] c) {
    float[] pieceOfA = context.allocateFloatLocalArray(SHARED);
    float[] pieceOfB = context.allocateFloatLocalArray(SHARED);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int columns = s[1];
    int rows = s[0] / columns;
    int terms = s[2];
    int across = (columns + SIDE - 1) / SIDE;
    int tiles = across * ((rows + SIDE - 1) / SIDE);
    for (int tile = context.groupIdx; tile < tiles; tile += groups) {
      int firstRow = tile / across * SIDE;
      int firstColumn = tile % across * SIDE;
      for (int block = t; block < BLOCKS; block += size) {
        int row = block / BLOCKS_IN_A_ROW * 4;
        int column = block % BLOCKS_IN_A_ROW * 4;
        float c00 = 0;
        float c01 = 0;
        float c02 = 0;
        float c03 = 0;
        float c10 = 0;
        float c11 = 0;
        float c12 = 0;
        float c13 = 0;
        float c20 = 0;
        float c21 = 0;
        float c22 = 0;
        float c23 = 0;
        float c30 = 0;
        float c31 = 0;
        float c32 = 0;
        float c33 = 0;
        for (int depth = 0; depth < terms; depth += DEPTH) {
          for (int i = t; i < SHARED; i += size) {
            // neighbouring threads read neighbouring elements, whichever way a matrix lies
            int rowOfA = i / DEPTH;
            int termOfA = i % DEPTH;
            if (s[4] == 1) {
              rowOfA = i % SIDE;
              termOfA = i / SIDE;
            }
            int columnOfB = i % SIDE;
            int termOfB = i / SIDE;
            if (s[7] == 1) {
              columnOfB = i / DEPTH;
              termOfB = i % DEPTH;
            }
            float x = 0;
            if (firstRow + rowOfA < rows) {
              if (depth + termOfA < terms) {
                x = a[s[3] + (firstRow + rowOfA) * s[4] + (depth + termOfA) * s[5]];
              }
            }
            float y = 0;
            if (firstColumn + columnOfB < columns) {
              if (depth + termOfB < terms) {
                y = b[s[6] + (depth + termOfB) * s[7] + (firstColumn + columnOfB) * s[8]];
              }
            }
            pieceOfA[termOfA * SIDE + rowOfA] = x;
            pieceOfB[termOfB * SIDE + columnOfB] = y;
          }
          context.localBarrier();
          for (int term = 0; term < DEPTH; term++) {
            float a0 = pieceOfA[term * SIDE + row];
            float a1 = pieceOfA[term * SIDE + row + 1];
            float a2 = pieceOfA[term * SIDE + row + 2];
            float a3 = pieceOfA[term * SIDE + row + 3];
            float b0 = pieceOfB[term * SIDE + column];
            float b1 = pieceOfB[term * SIDE + column + 1];
            float b2 = pieceOfB[term * SIDE + column + 2];
            float b3 = pieceOfB[term * SIDE + column + 3];
            c00 += a0 * b0;
            c01 += a0 * b1;
            c02 += a0 * b2;
            c03 += a0 * b3;
            c10 += a1 * b0;
            c11 += a1 * b1;
            c12 += a1 * b2;
            c13 += a1 * b3;
            c20 += a2 * b0;
            c21 += a2 * b1;
            c22 += a2 * b2;
            c23 += a2 * b3;
            c30 += a3 * b0;
            c31 += a3 * b1;
            c32 += a3 * b2;
            c33 += a3 * b3;
          }
          context.localBarrier();
        }
        put(c, rows, columns, firstRow + row, firstColumn + column, c00, c01, c02, c03);
        put(c, rows, columns, firstRow + row + 1, firstColumn + column, c10, c11, c12, c13);
        put(c, rows, columns, firstRow + row + 2, firstColumn + column, c20, c21, c22, c23);
        put(c, rows, columns, firstRow + row + 3, firstColumn + column, c30, c31, c32, c33);
      }
    }
  }

  /// Writes four neighbouring elements of C, as far as C goes.
  static void put(
      float[] c,
      int rows,
      int columns,
      int row,
      int column,
      float c0,
      float c1,
      float c2,
      float c3) {
    int at = row * columns + column;
    if (row < rows) {
      if (column < columns) {
        c[at] = c0;
      }
      if (column + 1 < columns) {
        c[at + 1] = c1;
      }
      if (column + 2 < columns) {
        c[at + 2] = c2;
      }
      if (column + 3 < columns) {
        c[at + 3] = c3;
      }
    }
  }
}
