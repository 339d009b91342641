// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// What an option can be, said once more and in another way than the program does.
///
/// @param example a value that it can have
/// @param accepts whether it can have a value
record Domain(String example, Predicate<String> accepts) {
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,30}");
  private static final Pattern REAL =
      Pattern.compile("[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,5})?");
  private static final BigInteger LARGEST_LONG = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigDecimal LARGEST_DOUBLE = new BigDecimal(Double.MAX_VALUE);

  static final Domain FLAG = new Domain("", value -> true);
  static final Domain TEXT = new Domain("word", value -> !value.isEmpty());
  static final Domain HOOK = like("blocks.1.hook_resid_post", "blocks\\.\\d+\\.hook_\\w+");
  static final Domain SEED = whole(BigInteger.valueOf(Long.MIN_VALUE), LARGEST_LONG, "7");
  static final Domain POSITIVE = ints(1);
  static final Domain NOT_NEGATIVE = ints(0);
  static final Domain POSITIVE_LONG = longs(1);
  static final Domain NOT_NEGATIVE_LONG = longs(0);
  static final Domain FINITE = real(value -> true, "0.5");
  static final Domain NOT_NEGATIVE_REAL = real(value -> value >= 0, "0.5");
  static final Domain POSITIVE_REAL = real(value -> value > 0, "0.5");
  static final Domain DECAY = real(value -> value >= 0 && value < 1, "0.5");
  static final Domain PROBABILITY = real(value -> value > 0 && value <= 1, "0.5");

  static Domain ints(int least) {
    return ints(least, Integer.MAX_VALUE);
  }

  static Domain ints(int least, int most) {
    return whole(BigInteger.valueOf(least), BigInteger.valueOf(most), Integer.toString(least));
  }

  static Domain longs(long least) {
    return whole(BigInteger.valueOf(least), LARGEST_LONG, Long.toString(least));
  }

  static Domain oneOf(String... words) {
    return new Domain(words[0], List.of(words)::contains);
  }

  static Domain like(String example, String pattern) {
    return new Domain(example, value -> value.matches(pattern));
  }

  private static Domain whole(BigInteger least, BigInteger most, String example) {
    return new Domain(
        example,
        value ->
            WHOLE.matcher(value).matches()
                && new BigInteger(value).compareTo(least) >= 0
                && new BigInteger(value).compareTo(most) <= 0);
  }

  private static Domain real(Predicate<Double> range, String example) {
    return new Domain(
        example,
        value ->
            REAL.matcher(value).matches()
                && new BigDecimal(value).abs().compareTo(LARGEST_DOUBLE) <= 0
                && range.test(new BigDecimal(value).doubleValue()));
  }

  /// This domain without what is greater than a number.
  Domain upTo(long most) {
    return new Domain(
        example,
        value ->
            accepts.test(value) && new BigDecimal(value).compareTo(BigDecimal.valueOf(most)) <= 0);
  }
}
