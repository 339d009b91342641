// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import picocli.CommandLine.ITypeConverter;

/// The numbers that options take: a class for each range. A value is read and checked here and
/// nowhere else, so an option that names its class needs no check in the command.
public final class Numbers {
  private Numbers() {}

  /// Reads a whole number.
  ///
  /// @param range what it must be, in words
  /// @param largest what its Java type can hold
  private static long whole(String text, long least, long most, String range, long largest) {
    if (!text.matches("[+-]?[0-9]+")) {
      throw Refusal.of(text, "it must be a whole number, " + range);
    }
    long number;
    try {
      number = Long.parseLong(text);
    } catch (NumberFormatException tooLong) {
      throw Refusal.of(
          text,
          text.startsWith("-") ? "it must be " + range : "it must be %d or less".formatted(most));
    }
    if (number > most && most == largest) {
      throw Refusal.of(number, "it must be %d or less".formatted(most));
    }
    if (number < least || number > most) {
      throw Refusal.of(number, "it must be " + range);
    }
    return number;
  }

  /// Whole numbers in an `int`.
  public abstract static class Ints implements ITypeConverter<Integer> {
    private final int least;
    private final int most;

    /// @param least the smallest that is allowed
    /// @param most the largest
    protected Ints(int least, int most) {
      this.least = least;
      this.most = most;
    }

    @Override
    public Integer convert(String text) {
      String range =
          most == Integer.MAX_VALUE ? least + " or more" : "from %d to %d".formatted(least, most);
      return (int) whole(text, least, most, range, Integer.MAX_VALUE);
    }
  }

  /// Whole numbers in a `long`.
  public abstract static class Longs implements ITypeConverter<Long> {
    private final long least;

    /// @param least the smallest that is allowed
    protected Longs(long least) {
      this.least = least;
    }

    @Override
    public Long convert(String text) {
      String range = least == Long.MIN_VALUE ? "of 64 bits at most" : "%d or more".formatted(least);
      return whole(text, least, Long.MAX_VALUE, range, Long.MAX_VALUE);
    }
  }

  /// Real numbers that are finite.
  public abstract static class Reals implements ITypeConverter<Double> {
    private final String range;

    /// @param range what a number must be, in words
    protected Reals(String range) {
      this.range = range;
    }

    /// Whether a finite number is in the range.
    protected abstract boolean holds(double number);

    @Override
    public Double convert(String text) {
      // Java reads more than people write: 1f, 0x1p3, NaN, blanks around
      if (!text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
        throw Refusal.of(text, "it must be a number, " + range);
      }
      double number = Double.parseDouble(text);
      if (!Double.isFinite(number) || !holds(number)) {
        throw Refusal.of(number, "it must be " + range);
      }
      return number;
    }
  }

  /// 1, 2, 3 …
  public static final class Positive extends Ints {
    public Positive() {
      super(1, Integer.MAX_VALUE);
    }
  }

  /// 0, 1, 2 …
  public static final class NotNegative extends Ints {
    public NotNegative() {
      super(0, Integer.MAX_VALUE);
    }
  }

  /// 2, 3, 4 …
  public static final class AtLeastTwo extends Ints {
    public AtLeastTwo() {
      super(2, Integer.MAX_VALUE);
    }
  }

  /// CPU threads: more than any machine has only cost memory.
  public static final class Threads extends Ints {
    public Threads() {
      super(1, 1024);
    }
  }

  /// A port of this machine, or 0 for any.
  public static final class Port extends Ints {
    public Port() {
      super(0, 65_535);
    }
  }

  /// 1, 2, 3 … up to 2⁶³ − 1.
  public static final class PositiveLong extends Longs {
    public PositiveLong() {
      super(1);
    }
  }

  /// 0, 1, 2 … up to 2⁶³ − 1.
  public static final class NotNegativeLong extends Longs {
    public NotNegativeLong() {
      super(0);
    }
  }

  /// A number of MiB whose bytes a `long` can count.
  public static final class Mebibytes extends Longs {
    private static final long MOST = Long.MAX_VALUE >> 20;

    public Mebibytes() {
      super(1);
    }

    @Override
    public Long convert(String text) {
      long mebibytes = super.convert(text);
      if (mebibytes > MOST) {
        throw Refusal.of(mebibytes, "it must be %d or less".formatted(MOST));
      }
      return mebibytes;
    }
  }

  /// A seed: any whole number.
  public static final class Seed extends Longs {
    public Seed() {
      super(Long.MIN_VALUE);
    }
  }

  /// Any real number.
  public static final class Finite extends Reals {
    public Finite() {
      super("finite");
    }

    @Override
    protected boolean holds(double number) {
      return true;
    }
  }

  /// 0 or more.
  public static final class NotNegativeReal extends Reals {
    public NotNegativeReal() {
      super("0 or more");
    }

    @Override
    protected boolean holds(double number) {
      return number >= 0;
    }
  }

  /// More than 0.
  public static final class PositiveReal extends Reals {
    public PositiveReal() {
      super("more than 0");
    }

    @Override
    protected boolean holds(double number) {
      return number > 0;
    }
  }

  /// The decay of a moving average: from 0 to below 1.
  public static final class Decay extends Reals {
    public Decay() {
      super("from 0 to below 1");
    }

    @Override
    protected boolean holds(double number) {
      return number >= 0 && number < 1;
    }
  }

  /// The probability of something that happens: more than 0 and at most 1.
  public static final class Probability extends Reals {
    public Probability() {
      super("more than 0 and at most 1");
    }

    @Override
    protected boolean holds(double number) {
      return number > 0 && number <= 1;
    }
  }
}
