// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import sae4j.cli.options.types.HookPointName;
import sae4j.models.HookPoint;

/// `--target-hook`: the hook point that a transcoder predicts.
public final class TargetHookOption {
  /// What the option is called.
  public static final String NAME = "--target-hook";

  @Option(
      names = NAME,
      paramLabel = "NAME",
      converter = HookPointName.class,
      description =
          "The hook point that a transcoder predicts from what it reads at --hook:"
              + " blocks.2.hook_mlp_out from blocks.2.hook_resid_mid, for example (default for a"
              + " trained transcoder: the one that it was trained to predict).")
  private @Nullable HookPoint hook;

  /// The hook point that was given; null if none was.
  public @Nullable HookPoint given() {
    return hook;
  }

  /// Refuses it for an SAE that has no other hook point to predict.
  ///
  /// @param transcoder whether the SAE has
  /// @param spec of the command
  /// @throws ParameterException if it was given in vain
  public void requireOf(boolean transcoder, CommandSpec spec) {
    if (hook != null && !transcoder) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is %s; leave it out: this SAE reconstructs what it reads".formatted(NAME, hook));
    }
  }
}
