package sae4j.cli.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.models.HookPoint;
import sae4j.saes.weights.Origin;

/// `--hook`: a place in a language model.
public final class HookOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--hook",
      paramLabel = "NAME",
      description =
          "The hook point, as TransformerLens names it: blocks.2.hook_resid_post (default: where"
              + " the SAE says it was trained, or the only one that was captured).")
  private @Nullable String name;

  /// The hook that was given; null if none was.
  ///
  /// @throws ParameterException if it is no hook's name
  public @Nullable HookPoint given() {
    return name == null ? null : parse(spec, "--hook", name);
  }

  /// The hook that was given, or else the one an SAE was trained at.
  ///
  /// @throws ParameterException if neither is known
  public HookPoint orOf(Origin origin) {
    HookPoint given = given();
    if (given != null) {
      return given;
    }
    if (origin.hookName() == null) {
      throw new ParameterException(
          spec.commandLine(), "--hook is missing and the SAE does not say; give --hook");
    }
    return parse(spec, "--hook", origin.hookName());
  }

  /// Reads the name of a hook.
  ///
  /// @param option that it was given with, for the message
  /// @throws ParameterException if `name` is no hook's
  public static HookPoint parse(CommandSpec spec, String option, String name) {
    try {
      return HookPoint.parse(name);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(), unknown.getMessage() + "; correct " + option, unknown);
    }
  }
}
