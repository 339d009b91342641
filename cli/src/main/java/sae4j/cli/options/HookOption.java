// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.types.HookPointName;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Failure;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;

/// `--hook`: a hook point of a language model. What stands in for it where it is not given depends
/// on the command, and so does the last sentence of the help.
public abstract sealed class HookOption {
  /// What the option is called, everywhere.
  public static final String NAME = "--hook";

  /// What it is, for every help text.
  public static final String MEANING =
      "The hook point, as TransformerLens names it: blocks.2.hook_resid_post, for example";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  private HookOption() {}

  /// Refuses a hook point that a model does not have.
  ///
  /// @param option that was given it
  /// @param spec of the command whose user is told
  /// @throws ParameterException naming the option and what the model has
  public static void requireIn(
      LanguageModel model, HookPoint hook, String option, CommandSpec spec) {
    Refusal.unless(model.hookPoints().contains(hook), spec, option, hook, hooksOf(model));
  }

  /// Refuses a hook point that a model does not have, and that the user gave or else an SAE's
  /// files.
  ///
  /// @param option that may have been given it
  /// @param spec of the command whose user is told
  /// @throws ParameterException if the user gave it
  /// @throws Failure if the files did
  public static void requireOfSae(
      LanguageModel model, HookPoint hook, String option, CommandSpec spec) {
    if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
      requireIn(model, hook, option, spec);
    } else if (!model.hookPoints().contains(hook)) {
      throw new Failure(
          "the SAE was trained at %s, and %s; give %s, or another --model"
              .formatted(hook, hooksOf(model), option));
    }
  }

  private static String hooksOf(LanguageModel model) {
    return "%s has %s".formatted(model.name(), HookPoint.list(model.hookPoints()));
  }

  /// The hook point that was given; null if none was.
  public abstract @Nullable HookPoint given();

  /// As it was given, for a line that a user may run next: with a blank in front, or nothing.
  public String asWords() {
    HookPoint given = given();
    return given == null ? "" : " " + NAME + " " + given;
  }

  /// The hook point that was given, or else the one an SAE was trained at.
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
    try {
      return HookPoint.parse(origin.hookName());
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(),
          ("--hook is missing, and the SAE was trained at %s, which is not one that is"
                  + " read here; give --hook")
              .formatted(origin.hookName()),
          unknown);
    }
  }

  /// Of a command that has an SAE.
  public static final class OfSae extends HookOption {
    @Option(
        names = NAME,
        paramLabel = "NAME",
        converter = HookPointName.class,
        description =
            MEANING + " (default: the one that the SAE was trained at, or the only captured one).")
    private @Nullable HookPoint hook;

    @Override
    public @Nullable HookPoint given() {
      return hook;
    }
  }

  /// Of a command that trains an SAE.
  public static final class OfTraining extends HookOption {
    @Option(
        names = NAME,
        paramLabel = "NAME",
        converter = HookPointName.class,
        description = MEANING + ". Not needed if --activations holds only one.")
    private @Nullable HookPoint hook;

    @Override
    public @Nullable HookPoint given() {
      return hook;
    }
  }

  /// Of a command that has a hook point of its own.
  public static final class WithStandard extends HookOption {
    /// The hook point that is used where none is given.
    public static final String STANDARD = "blocks.2.hook_resid_post";

    @Option(
        names = NAME,
        paramLabel = "NAME",
        converter = HookPointName.class,
        description = "The hook point, as TransformerLens names it (default: " + STANDARD + ").")
    private @Nullable HookPoint hook;

    @Override
    public @Nullable HookPoint given() {
      return hook;
    }
  }
}
