// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import java.util.Collection;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import sae4j.cli.options.types.Refusal;

/// A command line that was read: what the user typed, and what each option comes to.
///
/// @param spec of the command, parsed
public record Given(CommandSpec spec) {

  /// Whether the user typed an option.
  public boolean typed(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  /// Whether an option has a value, which the user typed or, where a run goes on, its record holds.
  public boolean chosen(String option) {
    return switch (value(option)) {
      case String word -> !word.isEmpty();
      case Collection<?> several -> !several.isEmpty();
      case Map<?, ?> settings -> !settings.isEmpty();
      case Boolean flag -> flag;
      default -> true;
    };
  }

  /// What an option comes to, in words; "" where it has no value.
  public String word(String option) {
    return value(option).toString();
  }

  private Object value(String option) {
    OptionSpec known = spec.findOption(option);
    if (known == null) {
      throw new IllegalStateException(spec.name() + " has no option " + option);
    }
    Object value = known.getValue();
    return value == null ? "" : value;
  }

  /// Refuses a value that another one does not allow.
  ///
  /// @param remedy what it must be
  /// @throws ParameterException if the condition does not hold
  public void require(boolean holds, String option, Object value, String remedy) {
    Refusal.unless(holds, spec, option, value, remedy);
  }

  /// Refuses two sizes whose product no array can hold.
  ///
  /// @throws ParameterException naming both
  public void requireArray(String option, long size, String other, long otherSize) {
    require(
        size <= 0 || otherSize <= Integer.MAX_VALUE / size,
        option,
        size,
        "with %s %d that is more than the %d numbers of an array; lower one of them"
            .formatted(other, otherSize, Integer.MAX_VALUE));
  }
}
