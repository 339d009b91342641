// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import sae4j.cli.options.types.Numbers;

/// The options of a command that decide how much memory it takes: whole numbers, all but those that
/// only name or choose something. Where memory does not suffice, the user is told of those that
/// were typed, the most extravagant first, also in a further command line; where none was, of all.
public final class SizeOptions {
  private static final Set<String> NO_SIZES = Set.of("--seed", "--port", "--feature");
  private static final int NAMED = 3;

  private SizeOptions() {}

  /// A size that was typed.
  ///
  /// @param shown as a user knows it again
  /// @param excess how extravagant it is
  private record Typed(String shown, double excess) {}

  /// What a user can lower.
  ///
  /// @param spec of a command, parsed
  /// @return for a sentence: `--threads 512 or --batch 4096`
  public static String of(CommandSpec spec) {
    List<OptionSpec> all = sizes(spec);
    if (all.isEmpty()) {
      return "the size of its files";
    }
    List<Typed> typed = new ArrayList<>(typed(spec, ""));
    if (spec.userObject() instanceof TakesFurther command) {
      command.further().forEach((words, line) -> typed.addAll(typed(line, " of " + words)));
    }
    return typed.isEmpty()
        ? all.stream().map(OptionSpec::longestName).collect(Collectors.joining(" or "))
        : typed.stream()
            .sorted(Comparator.comparingDouble(Typed::excess).reversed())
            .limit(NAMED)
            .map(Typed::shown)
            .collect(Collectors.joining(" or "));
  }

  private static List<OptionSpec> sizes(CommandSpec spec) {
    return spec.options().stream().filter(SizeOptions::isSize).toList();
  }

  private static List<Typed> typed(CommandSpec spec, String where) {
    return sizes(spec).stream()
        .filter(each -> spec.commandLine().getParseResult().hasMatchedOption(each))
        .map(each -> new Typed(each.longestName() + " " + each.getValue() + where, excess(each)))
        .toList();
  }

  private static boolean isSize(OptionSpec option) {
    return !NO_SIZES.contains(option.longestName())
        && option.converters().length == 1
        && (option.converters()[0] instanceof Numbers.Ints
            || option.converters()[0] instanceof Numbers.Longs);
  }

  /// How many times the usual value it is; where there is none, how large.
  private static double excess(OptionSpec option) {
    String usual = option.defaultValue();
    double value = option.getValue() instanceof Number number ? number.doubleValue() : 0;
    return value / (usual == null ? 1 : Math.max(1, Double.parseDouble(usual)));
  }
}
