// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import java.util.List;
import sae4j.backends.tornadovm.kernels.groups.BatchTopK;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Kernel;

/// Launches of [BatchTopK], which finds the n largest elements of a whole matrix.
public sealed interface BatchTopKLaunch extends Launch {
  @Override
  default int group() {
    return BatchTopK.THREADS;
  }

  /// The matrix whose largest elements are looked for.
  ///
  /// @param n how many elements to keep
  record Selection(Dense a, int rows, int columns, int n) {
    private int[] sizes() {
      return Sizes.of(rows, columns, n).at(3, a).toArray();
    }
  }

  /// Parts of the keys whose digits are counted separately.
  ///
  /// @param ofPart keys of a part
  /// @param n how many elements to keep
  /// @param shift how far the digit is from the right
  record Digit(Memory<int[]> keys, int parts, int ofPart, int n, int shift) {
    private int[] sizes() {
      return Sizes.of(parts, keys.size(), n).at(6, ofPart, shift).toArray();
    }
  }

  /// The key of each element.
  record KeysOf(Selection selection, Memory<int[]> keys) implements BatchTopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.KEYS_OF;
    }

    @Override
    public long count() {
      return selection.rows;
    }

    @Override
    public int[] sizes() {
      return selection.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(selection.a.memory(), keys);
    }
  }

  /// How often each value of a digit comes in each part.
  record CountDigits(Digit digit, Memory<int[]> state, Memory<int[]> partial)
      implements BatchTopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.COUNT_DIGITS;
    }

    @Override
    public long count() {
      return digit.parts;
    }

    @Override
    public int[] sizes() {
      return digit.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(digit.keys, state, partial);
    }
  }

  /// The next digit of the last key that is kept.
  record PickDigit(Digit digit, Memory<int[]> partial, Memory<int[]> state)
      implements BatchTopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.PICK_DIGIT;
    }

    @Override
    public long count() {
      return 1;
    }

    @Override
    public int[] sizes() {
      return digit.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(partial, state);
    }
  }

  /// How many elements of each row have the last key that is kept, and one such element.
  record CountTies(
      Selection selection,
      Memory<int[]> keys,
      Memory<int[]> state,
      Memory<int[]> here,
      Memory<float[]> last)
      implements BatchTopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.COUNT_TIES;
    }

    @Override
    public long count() {
      return selection.rows;
    }

    @Override
    public int[] sizes() {
      return selection.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(selection.a.memory(), keys, state, here, last);
    }
  }

  /// The threshold of each row, and how many of its ties the row keeps.
  ///
  /// @param before how many ties the rows above each row have
  record Limits(
      Selection selection,
      Memory<int[]> state,
      Memory<float[]> last,
      Memory<int[]> before,
      RowThresholds thresholds)
      implements BatchTopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.LIMITS;
    }

    @Override
    public long count() {
      return Math.ceilDiv(selection.rows, BatchTopK.THREADS);
    }

    @Override
    public int[] sizes() {
      return selection.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(state, last, before, thresholds.values(), thresholds.ties());
    }
  }

  /// C = A where it is among the n largest elements, else 0.
  ///
  /// @param here how many ties each row has
  record KeepLargest(
      Selection selection,
      Memory<int[]> keys,
      Memory<int[]> state,
      Memory<int[]> here,
      RowThresholds thresholds,
      Memory<float[]> result)
      implements BatchTopKLaunch {
    @Override
    public Kernel kernel() {
      return Kernel.KEEP_LARGEST;
    }

    @Override
    public long count() {
      return selection.rows;
    }

    @Override
    public int[] sizes() {
      return selection.sizes();
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(selection.a.memory(), keys, state, here, thresholds.ties(), result);
    }
  }
}
