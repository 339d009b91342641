package sae4j.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The check of one option's value, in the words every command uses.
final class Parameters {
  private Parameters() {}

  /// @param remedy what the value must be
  /// @throws ParameterException if the condition does not hold
  static void require(CommandSpec spec, boolean holds, String option, Object value, String remedy) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(), "%s is %s; %s".formatted(option, value, remedy));
    }
  }
}
