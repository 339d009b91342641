// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Maps numbers to places along one side of a plot.
///
/// @param low the number at `from`
/// @param high the number at `to`, greater than `low`
/// @param logarithmic whether equal ratios are equally far apart
/// @param from in pixels
/// @param to in pixels
public record Axis(double low, double high, boolean logarithmic, double from, double to) {
  private static final int FEWEST_TICKS = 4;
  private static final int FEWEST_LOGARITHMIC_TICKS = 3;
  private static final int MOST_DECADES = 10;
  private static final double ROUNDING = 1e-9;

  /// Numbers that are greater, or differ by less than its inverse, have a power of ten in their
  /// label.
  private static final double GREATEST_PLAIN = 1e9;

  /// So that the distance of two numbers, times pixels, is one, too.
  private static final double GREATEST = 1e300;

  private static final MathContext LEADING_DIGITS = new MathContext(2);
  private static final double[] POWERS_ALONE = {1};
  private static final double[][] LEADING = {{1, 3}, {1, 2, 5}, {1, 1.5, 2, 3, 4, 5, 6, 8}};

  /// An axis with a margin around all values. Where they are nearly the same, it reaches further,
  /// so that differences that mean nothing do not fill it. It ends where numbers do.
  ///
  /// @param values finite, positive where logarithmic, at least one
  /// @param least the least distance from end to end; where logarithmic, the least ratio
  public static Axis around(
      double[] values, boolean logarithmic, double least, double from, double to) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      low = Math.min(low, scaled(value, logarithmic));
      high = Math.max(high, scaled(value, logarithmic));
    }
    double margin = Math.max(0.06 * (high - low), (scaled(least, logarithmic) - (high - low)) / 2);
    return new Axis(
        unscaled(low - margin, logarithmic),
        unscaled(high + margin, logarithmic),
        logarithmic,
        from,
        to);
  }

  /// The place of a number.
  public double at(double value) {
    double start = scaled(low, logarithmic);
    double end = scaled(high, logarithmic);
    return from + (to - from) * (scaled(value, logarithmic) - start) / (end - start);
  }

  /// Round numbers to mark, four or more where there is room.
  public List<Double> ticks() {
    return isInDigits() ? logarithmicTicks() : linearTicks();
  }

  /// Whether ticks are the first digits of powers of ten. Between the ends of a short logarithmic
  /// axis there are too few of those.
  private boolean isInDigits() {
    return logarithmic && logarithmicTicks().size() >= FEWEST_LOGARITHMIC_TICKS;
  }

  private List<Double> logarithmicTicks() {
    int first = (int) Math.floor(Math.log10(low));
    int last = (int) Math.floor(Math.log10(high));
    int stride = Math.ceilDiv(Math.max(1, last - first), MOST_DECADES);
    List<Double> ticks = new ArrayList<>();
    for (double[] leading : LEADING) {
      ticks.clear();
      for (int exponent = Math.ceilDiv(first, stride) * stride;
          exponent <= last;
          exponent += stride) {
        for (double digit : stride == 1 ? leading : POWERS_ALONE) {
          double tick = digit * Math.pow(10, exponent);
          if (tick >= low && tick <= high) {
            ticks.add(tick);
          }
        }
      }
      if (ticks.size() >= FEWEST_TICKS) {
        break;
      }
    }
    return ticks;
  }

  private List<Double> linearTicks() {
    double power = Math.pow(10, Math.floor(Math.log10(high - low)));
    double step = power;
    for (double times : new double[] {1, 0.5, 0.2, 0.1}) {
      step = power * times;
      if ((high - low) / step >= FEWEST_TICKS) {
        break;
      }
    }
    List<Double> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step - ROUNDING);
        i * step <= high + ROUNDING * step;
        i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /// A tick as text, with as many decimals as tell it from its neighbours.
  public String label(double tick) {
    double size = Math.abs(tick);
    boolean plain = tick == 0 || (size <= GREATEST_PLAIN && size >= 1 / GREATEST_PLAIN);
    if (isInDigits()) {
      BigDecimal round = new BigDecimal(tick).round(LEADING_DIGITS).stripTrailingZeros();
      return plain ? round.toPlainString() : String.format(Locale.ROOT, "%.0e", tick);
    }
    List<Double> ticks = ticks();
    double gap = ticks.size() < 2 ? size : ticks.get(1) - ticks.get(0);
    if (!plain || (gap != 0 && gap < 1 / GREATEST_PLAIN)) {
      return String.format(Locale.ROOT, "%.1e", tick);
    }
    int decimals = gap == 0 ? 0 : (int) Math.max(0, Math.ceil(-Math.log10(gap) - ROUNDING));
    return String.format(Locale.ROOT, "%." + decimals + "f", tick);
  }

  private static double scaled(double value, boolean logarithmic) {
    return logarithmic ? Math.log(value) : Math.clamp(value, -GREATEST, GREATEST);
  }

  private static double unscaled(double value, boolean logarithmic) {
    return logarithmic
        ? Math.clamp(Math.exp(value), Double.MIN_NORMAL, Double.MAX_VALUE)
        : Math.clamp(value, -GREATEST, GREATEST);
  }
}
