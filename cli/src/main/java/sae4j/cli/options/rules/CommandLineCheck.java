// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import sae4j.cli.options.types.Refusal;

/// The one check of a command line between parsing and work: no value is empty, none of several is
/// given twice, and every option has an effect.
public final class CommandLineCheck {
  private CommandLineCheck() {}

  /// Checks what was parsed, the command's own rules last.
  ///
  /// @throws ParameterException naming an option and its value
  public static void of(ParseResult parsed) {
    ParseResult command = parsed;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    CommandSpec spec = command.commandSpec();
    for (ArgSpec each : command.matchedArgs()) {
      requireWords(spec, each);
      if (each.isMultiValue() && each.group() == null) {
        requireDifferent(spec, each);
      }
    }
    if (spec.userObject() instanceof Checked checked) {
      checked.check(new Given(spec));
    }
  }

  /// An unset variable of a shell leaves an empty word, which would stand for the current folder.
  private static void requireWords(CommandSpec spec, ArgSpec argument) {
    for (String word : argument.originalStringValues()) {
      Refusal.unless(
          !word.isEmpty(), spec, name(argument), "empty", "give " + argument.paramLabel());
    }
  }

  /// Of NAME=VALUE the name counts, because the last value would win without a word.
  private static void requireDifferent(CommandSpec spec, ArgSpec argument) {
    boolean named = argument.typeInfo().isMap();
    List<String> words =
        named
            ? argument.originalStringValues().stream()
                .flatMap(word -> words(argument, word))
                .toList()
            : argument.stringValues();
    Set<String> seen = new HashSet<>();
    for (String word : words) {
      String key = named ? word.replaceFirst("=.*", "") : word;
      Refusal.unless(seen.add(key), spec, name(argument), word, "it is given twice; give it once");
    }
  }

  /// An argument of several NAME=VALUE.
  private static Stream<String> words(ArgSpec argument, String given) {
    return argument.splitRegex().isEmpty()
        ? Stream.of(given)
        : Stream.of(given.split(argument.splitRegex(), -1));
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }
}
