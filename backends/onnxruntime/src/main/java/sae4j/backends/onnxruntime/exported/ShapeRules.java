// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// What operators make of shapes, and of the short lists of whole numbers that shapes are computed
/// with. A size that is known at run time only is a symbol, a number below all others.
final class ShapeRules {
  private static final long SYMBOLS = Long.MIN_VALUE / 2;

  private long fresh = Long.MIN_VALUE;

  /// Whether a size is known at run time only.
  static boolean isSymbol(long size) {
    return size < SYMBOLS;
  }

  /// A size of which nothing is known.
  long symbol() {
    return fresh++;
  }

  /// The place of an axis that may be counted from the end.
  static int at(long axis, int rank) {
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /// Where both have a size that is not 1, they are equal, and a number says more than a symbol.
  static long[] broadcast(long[] a, long[] b) {
    long[] longer = a.length >= b.length ? a.clone() : b.clone();
    long[] shorter = a.length >= b.length ? b : a;
    for (int i = 1; i <= shorter.length; i++) {
      int at = longer.length - i;
      long other = shorter[shorter.length - i];
      if (longer[at] == 1 || (other != 1 && isSymbol(longer[at]) && !isSymbol(other))) {
        longer[at] = other;
      }
    }
    return longer;
  }

  static long[] reduced(long[] x, long[] axes) {
    long[] result = x.clone();
    for (long axis : axes) {
      result[at(axis, x.length)] = 1;
    }
    return result;
  }

  /// @param copies whether a size of 0 is that of the axis as it was
  long[] reshaped(long @Nullable [] x, long[] wanted, boolean copies) {
    long[] result = wanted.clone();
    int open = -1;
    for (int i = 0; i < result.length; i++) {
      if (result[i] == 0 && copies) {
        result[i] = x != null && i < x.length ? x[i] : symbol();
      } else if (result[i] == -1) {
        open = i;
      }
    }
    if (open >= 0) {
      result[open] = x == null ? symbol() : left(x, result, open);
    }
    return result;
  }

  /// What the other sizes leave for one. Symbols on both sides cancel.
  private long left(long[] x, long[] result, int open) {
    List<Long> symbols = new ArrayList<>();
    long number = 1;
    for (long size : x) {
      if (isSymbol(size)) {
        symbols.add(size);
      } else {
        number *= size;
      }
    }
    long divisor = 1;
    for (int i = 0; i < result.length; i++) {
      if (i != open && !isSymbol(result[i])) {
        divisor *= result[i];
      } else if (i != open && !symbols.remove(result[i])) {
        return symbol();
      }
    }
    if (symbols.size() == 1 && number == divisor) {
      return symbols.getFirst();
    }
    boolean whole = symbols.isEmpty() && divisor != 0 && number % divisor == 0;
    return whole ? number / divisor : symbol();
  }

  /// @param order as in Transpose; if it is empty, all axes are reversed
  static long[] transposed(long[] x, long[] order) {
    long[] result = new long[x.length];
    for (int i = 0; i < x.length; i++) {
      result[i] = x[order.length == 0 ? x.length - 1 - i : (int) order[i]];
    }
    return result;
  }

  static long[] unsqueezed(long[] x, long[] axes) {
    int rank = x.length + axes.length;
    boolean[] inserted = new boolean[rank];
    for (long axis : axes) {
      inserted[at(axis, rank)] = true;
    }
    long[] result = new long[rank];
    int next = 0;
    for (int i = 0; i < rank; i++) {
      result[i] = inserted[i] ? 1 : x[next++];
    }
    return result;
  }

  static long[] squeezed(long[] x, long[] axes) {
    boolean[] removed = new boolean[x.length];
    for (long axis : axes) {
      removed[at(axis, x.length)] = true;
    }
    LongStream.Builder kept = LongStream.builder();
    for (int i = 0; i < x.length; i++) {
      if (!removed[i]) {
        kept.add(x[i]);
      }
    }
    return kept.build().toArray();
  }

  long @Nullable [] concatenated(List<long[]> parts, long along) {
    long[] result = parts.getFirst().clone();
    int axis = at(along, result.length);
    for (long[] part : parts.subList(1, parts.size())) {
      if (part.length != result.length) {
        return null;
      }
      boolean known = !isSymbol(result[axis]) && !isSymbol(part[axis]);
      result[axis] = known ? result[axis] + part[axis] : symbol();
    }
    return result;
  }

  /// @param starts null if they are not known, as `ends` and `axes`
  /// @param steps whether some step is not 1, or not known
  long[] sliced(
      long[] x,
      long @Nullable [] starts,
      long @Nullable [] ends,
      long @Nullable [] axes,
      boolean steps) {
    long[] result = x.clone();
    if (axes == null) {
      Arrays.setAll(result, _ -> symbol());
      return result;
    }
    for (int i = 0; i < axes.length; i++) {
      int axis = at(axes[i], x.length);
      result[axis] =
          starts == null || ends == null || steps || isSymbol(x[axis])
              ? symbol()
              : length(starts[i], ends[i], x[axis]);
    }
    return result;
  }

  private long length(long start, long end, long size) {
    if (isSymbol(start) || isSymbol(end)) {
      return symbol();
    }
    long from = Math.clamp(start < 0 ? start + size : start, 0, size);
    return Math.max(0, Math.clamp(end < 0 ? end + size : end, 0, size) - from);
  }

  static long[] gathered(long[] x, long[] index, long along) {
    int axis = at(along, x.length);
    return joined(Arrays.copyOf(x, axis), index, Arrays.copyOfRange(x, axis + 1, x.length));
  }

  static long @Nullable [] gatheredNd(long[] x, long[] index) {
    long named = index[index.length - 1];
    return isSymbol(named)
        ? null
        : joined(
            Arrays.copyOf(index, index.length - 1), Arrays.copyOfRange(x, (int) named, x.length));
  }

  static long @Nullable [] product(long[] a, long[] b, boolean transposeA, boolean transposeB) {
    if (a.length < 2 || b.length < 2) {
      return null;
    }
    long rows = a[a.length - (transposeA ? 1 : 2)];
    long columns = b[b.length - (transposeB ? 2 : 1)];
    long[] batch = broadcast(Arrays.copyOf(a, a.length - 2), Arrays.copyOf(b, b.length - 2));
    return joined(batch, new long[] {rows, columns});
  }

  /// @param sizes null if all parts are equal
  long[] part(long[] x, long along, long @Nullable [] sizes, int index, int count) {
    long[] part = x.clone();
    int axis = at(along, x.length);
    part[axis] =
        sizes != null
            ? sizes[index]
            : !isSymbol(x[axis]) && x[axis] % count == 0 ? x[axis] / count : symbol();
    return part;
  }

  /// Lists one behind the other.
  static long[] joined(long[]... lists) {
    return Arrays.stream(lists).flatMapToLong(Arrays::stream).toArray();
  }

  /// The numbers of a list at some places; null if a place is not known.
  static long @Nullable [] picked(long[] list, long[] places) {
    long[] result = new long[places.length];
    for (int i = 0; i < places.length; i++) {
      int from = at(places[i], list.length);
      if (isSymbol(places[i]) || from < 0 || from >= list.length) {
        return null;
      }
      result[i] = list[from];
    }
    return result;
  }

  /// The numbers of a list from one place to another; null if a place is not known.
  static long @Nullable [] between(long[] list, long start, long end) {
    if (isSymbol(start) || isSymbol(end)) {
      return null;
    }
    int size = list.length;
    int from = Math.clamp(start < 0 ? start + size : start, 0, size);
    int to = Math.clamp(end < 0 ? end + size : end, 0, size);
    return Arrays.copyOfRange(list, from, Math.max(from, to));
  }

  /// Number by number; a list of one goes with all.
  long @Nullable [] combined(long[] a, long[] b, LongBinaryOperator operator) {
    if (a.length != b.length && a.length != 1 && b.length != 1) {
      return null;
    }
    long[] result = new long[Math.max(a.length, b.length)];
    for (int i = 0; i < result.length; i++) {
      long left = a[Math.min(i, a.length - 1)];
      long right = b[Math.min(i, b.length - 1)];
      result[i] = isSymbol(left) || isSymbol(right) ? symbol() : operator.applyAsLong(left, right);
    }
    return result;
  }
}
