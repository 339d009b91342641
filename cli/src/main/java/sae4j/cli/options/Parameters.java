package sae4j.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The check of one option's value, in the words every command uses.
public final class Parameters {
  private Parameters() {}

  /// Refuses a value: `--batch is 0; it must be 1 or more`.
  ///
  /// @param spec of the command, whose user is told
  /// @param remedy what the value must be
  /// @throws ParameterException if the condition does not hold
  public static void require(
      CommandSpec spec, boolean holds, String option, Object value, String remedy) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(), "%s is %s; %s".formatted(option, value, remedy));
    }
  }
}
