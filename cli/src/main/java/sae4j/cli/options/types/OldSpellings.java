// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Options that once had another name. The old names are still understood: before a command reads
/// its arguments, they are replaced by the names of today. No help text shows them. An option that
/// is given under both names is refused.
public final class OldSpellings implements IParameterPreprocessor {
  /// What options were called, command by command, and what they are called now.
  private static final Map<String, Map<String, String>> RENAMED =
      Map.of(
          "demo", Map.of("--tokens", "--max-tokens"),
          "features", Map.of("--tokens", "--max-tokens", "--set", "--source-set"),
          "inspect", Map.of("--tokens", "--max-tokens", "--top", "--show"),
          "sweep", Map.of("--tokens", "--max-tokens", "--l0", "--target-l0"),
          "synth", Map.of("--width", "--features", "--k", "--target-l0"),
          "toy", Map.of("--latents", "--features", "--hidden", "--d-model"),
          "truth", Map.of("--tokens", "--max-tokens"));

  /// Where the size of the dictionary had another name, `--features` was the number of true
  /// features; so it is on a command line that uses the other name.
  private static final Map<String, String> SIZE_OF_DICTIONARY =
      Map.of("synth", "--width", "toy", "--latents");

  private static final String FEATURES = "--features";
  private static final String TRUE_FEATURES = "--true-features";

  /// Five, as long as `--latents` alone was given.
  private static final String TRUE_FEATURES_OF_TOY = TRUE_FEATURES + "=5";

  private final String command;
  private final Map<String, String> renamed;
  private final Map<String, String> typed = new LinkedHashMap<>();

  private OldSpellings(String command) {
    this.command = command;
    this.renamed = RENAMED.getOrDefault(command, Map.of());
  }

  /// Teaches a command its old spellings, if it has any.
  public static void teach(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    if (RENAMED.containsKey(spec.name())) {
      spec.preprocessor(new OldSpellings(spec.name()));
    }
  }

  /// All old spellings: by command, the old names with those of today.
  public static Map<String, Map<String, String>> all() {
    return RENAMED;
  }

  /// What the user called an option: its name, or the old one.
  static String typed(CommandSpec spec, String option) {
    return spec.preprocessor() instanceof OldSpellings old
        ? old.typed.getOrDefault(option, option)
        : option;
  }

  /// Replaces the old names. The top of the stack is the next argument.
  @Override
  public boolean preprocess(
      Stack<String> arguments,
      CommandSpec spec,
      @Nullable ArgSpec option,
      Map<String, Object> info) {
    typed.clear();
    List<String> inOrder = new ArrayList<>(arguments);
    Collections.reverse(inOrder);
    List<String> replaced = new ArrayList<>();
    Map<String, String> names = namesOn(inOrder);
    for (String argument : inOrder) {
      int end = argument.indexOf('=');
      String name = end < 0 ? argument : argument.substring(0, end);
      String today = names.get(name);
      if (today == null) {
        replaced.add(argument);
      } else {
        requireOnly(name, today, names, inOrder, spec);
        typed.put(today, name);
        replaced.add(today + argument.substring(name.length()));
      }
    }
    if (command.equals("toy")
        && typed.containsKey(FEATURES)
        && replaced.stream().noneMatch(each -> each.startsWith(TRUE_FEATURES))) {
      replaced.add(TRUE_FEATURES_OF_TOY);
    }
    Collections.reverse(replaced);
    arguments.clear();
    arguments.addAll(replaced);
    return false;
  }

  private static void requireOnly(
      String old,
      String today,
      Map<String, String> names,
      List<String> arguments,
      CommandSpec spec) {
    if (!names.containsKey(today) && isGiven(today, arguments)) {
      throw new ParameterException(
          spec.commandLine(),
          "%s and %s are one option; give %s alone".formatted(old, today, today));
    }
  }

  private static boolean isGiven(String option, List<String> arguments) {
    return arguments.stream()
        .anyMatch(each -> each.equals(option) || each.startsWith(option + "="));
  }

  private Map<String, String> namesOn(List<String> arguments) {
    String size = SIZE_OF_DICTIONARY.get(command);
    if (size == null || !isGiven(size, arguments)) {
      return renamed;
    }
    Map<String, String> names = new LinkedHashMap<>(renamed);
    names.put(FEATURES, TRUE_FEATURES);
    return names;
  }
}
