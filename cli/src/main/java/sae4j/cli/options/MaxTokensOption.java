// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;

/// `--max-tokens`: how much of a text is read.
public final class MaxTokensOption {
  private final long least;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      converter = Numbers.PositiveLong.class,
      description = "Tokens to read, at most (default: ${DEFAULT-VALUE}).")
  private long maxTokens;

  /// @param standard how many are read where nothing is said
  public MaxTokensOption(long standard) {
    this(standard, 1);
  }

  /// @param standard how many are read where nothing is said
  /// @param least with fewer the command can do nothing
  public MaxTokensOption(long standard, long least) {
    this.maxTokens = standard;
    this.least = least;
  }

  /// The number of tokens.
  public long value() {
    Refusal.unless(
        maxTokens >= least,
        spec,
        "--max-tokens",
        maxTokens,
        "it must be %d or more".formatted(least));
    return maxTokens;
  }
}
