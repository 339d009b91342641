// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.io.Serial;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;
import sae4j.saes.SettingException;

/// A value that an option cannot have. Converters throw it without knowing the option; [#line] puts
/// the option's name before it: `--batch is 0; it must be 1 or more`.
public final class Refusal extends TypeConversionException {
  @Serial private static final long serialVersionUID = 1;

  private Refusal(String behindTheName) {
    super(behindTheName);
  }

  /// Refuses a value.
  ///
  /// @param remedy what the value must be
  public static Refusal of(Object value, String remedy) {
    String shown = value.toString();
    return new Refusal(" is %s; %s".formatted(shown.isEmpty() ? "empty" : shown, remedy));
  }

  /// Refuses a value with a message that names it already.
  public static Refusal because(String message) {
    return new Refusal(": " + message);
  }

  /// Refuses what two options together, or an option and a file, do not allow.
  ///
  /// @param spec of the command whose user is told
  /// @param remedy what the value must be
  /// @throws ParameterException if the condition does not hold
  public static void unless(
      boolean holds, CommandSpec spec, String option, Object value, String remedy) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(), OldSpellings.typed(spec, option) + of(value, remedy).getMessage());
    }
  }

  /// Refuses a setting of an architecture by the option that it was given with: `--set`, unless it
  /// has an option of its own.
  ///
  /// @param spec of the command whose user is told
  /// @param set what `--set` was given, by name
  public static ParameterException ofSetting(
      SettingException wrong, CommandSpec spec, Map<String, String> set) {
    String own = "--" + wrong.setting();
    boolean bySet = set.containsKey(wrong.setting()) || spec.findOption(own) == null;
    String value = bySet ? wrong.setting() + "=" + wrong.value() : wrong.value();
    return new ParameterException(
        spec.commandLine(),
        OldSpellings.typed(spec, bySet ? "--set" : own) + of(value, wrong.remedy()).getMessage(),
        wrong);
  }

  /// What is wrong with a command line, in one line. An option is called what the user called it.
  public static String line(ParameterException wrong) {
    CommandSpec spec = wrong.getCommandLine().getCommandSpec();
    if (wrong.getCause() instanceof Refusal refusal
        && wrong.getArgSpec() instanceof OptionSpec option) {
      return OldSpellings.typed(spec, option.longestName()) + refusal.getMessage();
    }
    if (wrong.getCause() instanceof Refusal refusal
        && wrong.getArgSpec() instanceof PositionalParamSpec parameter) {
      return parameter.paramLabel() + refusal.getMessage();
    }
    if (wrong instanceof UnmatchedArgumentException unknown) {
      String word = unknown.getUnmatched().getFirst();
      boolean option = word.startsWith("-");
      if (option || !spec.subcommands().isEmpty()) {
        return "there is no %s '%s'%s"
            .formatted(
                option ? "option" : "command",
                word,
                new Misspelling(option ? word.replaceFirst("=.*", "") : word)
                    .meant(option ? spec.optionsMap().keySet() : spec.subcommands().keySet())
                    .map("; did you mean %s?"::formatted)
                    .orElse(""));
      }
    }
    if (wrong instanceof OverwrittenOptionException twice
        && twice.getOverwritten() instanceof OptionSpec option) {
      return OldSpellings.typed(spec, option.longestName()) + " is given twice; give it once";
    }
    if (wrong instanceof MissingParameterException incomplete) {
      List<String> missing =
          incomplete.getMissing().stream()
              .filter(each -> each instanceof OptionSpec option && option.required())
              .map(each -> ((OptionSpec) each).longestName())
              .toList();
      if (!missing.isEmpty()) {
        return String.join(", ", missing) + (missing.size() == 1 ? " is missing" : " are missing");
      }
    }
    return String.valueOf(wrong.getMessage()).replaceAll("\\s*\\R\\s*", " ");
  }
}
