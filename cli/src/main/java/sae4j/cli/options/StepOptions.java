// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import picocli.CommandLine.Option;
import sae4j.cli.options.types.Numbers;

/// `--steps`, `--batch`, `--lr` and `--seed`: how an SAE is trained, whatever it is trained on.
public final class StepOptions {
  @Option(
      names = "--steps",
      paramLabel = "N",
      converter = Numbers.PositiveLong.class,
      description = "Training steps (default: ${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--batch",
      paramLabel = "B",
      converter = Numbers.Positive.class,
      description = "Tokens in each step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      converter = Numbers.PositiveReal.class,
      description = "Adam's learning rate (default: ${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "S",
      converter = Numbers.Seed.class,
      description = "The seed of the initial weights and of the data (default: ${DEFAULT-VALUE}).")
  private long seed;

  /// @param steps where nothing is said
  /// @param batch where nothing is said
  /// @param learningRate where nothing is said
  public StepOptions(long steps, int batch, double learningRate) {
    this.steps = steps;
    this.batch = batch;
    this.learningRate = learningRate;
  }

  /// Training steps.
  public long steps() {
    return steps;
  }

  /// B, tokens a step.
  public int batch() {
    return batch;
  }

  /// Adam's learning rate.
  public double learningRate() {
    return learningRate;
  }

  /// The seed.
  public long seed() {
    return seed;
  }
}
