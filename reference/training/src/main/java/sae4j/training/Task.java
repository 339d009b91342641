// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.List;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.Hooks;

/// What one SAE of a run learns, and from which hook points of the stream.
///
/// @param options of the SAE
/// @param inputs the hook points that it reads, by their numbers in the stream
/// @param outputs the hook points that it reconstructs
public record Task(TrainingOptions options, List<Integer> inputs, List<Integer> outputs) {

  /// @throws IllegalArgumentException if the architecture does not take such hook points, or if an
  ///     option requires an SAE that reconstructs its own input
  public Task {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    if (!inputs.equals(outputs)) {
      requirePrediction(options);
    }
  }

  /// An SAE that reconstructs what it reads.
  public Task(TrainingOptions options, int hook) {
    this(options, List.of(hook), List.of(hook));
  }

  /// An SAE that reads one hook point and reconstructs another.
  public Task(TrainingOptions options, int input, int output) {
    this(options, List.of(input), List.of(output));
  }

  /// Some options require an SAE that reconstructs its own input.
  private static void requirePrediction(TrainingOptions options) {
    Architecture architecture = Architectures.named(options.sae().architecture());
    require(
        !architecture.reconstructsInput(),
        "%s reconstructs what it reads; for another hook point take a transcoder"
            .formatted(architecture.name()));
    require(
        !options.normalisation().perToken(),
        "a %s has no %s, because it would be undone at another hook point"
            .formatted(architecture.name(), options.normalisation().label()));
    require(
        options.deadFeatures().resampleEvery() == 0,
        "a %s is not resampled: use AuxK".formatted(architecture.name()));
    require(
        !options.initialisation().tiedEncoder(),
        "a %s's encoder and decoder belong to two hook points: do not tie them"
            .formatted(architecture.name()));
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /// Whether what is reconstructed is what is read.
  public boolean readsItsTargets() {
    return inputs.equals(outputs);
  }

  /// The hook points of the SAE.
  Hooks hooks(List<Integer> inputWidths, List<Integer> outputWidths) {
    return new Hooks(
        inputWidths,
        outputWidths,
        Architectures.named(options.sae().architecture()).reconstructsInput());
  }
}
