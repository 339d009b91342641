// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;

/// How wide the activations are that an SAE reads and reconstructs, hook point by hook point.
///
/// Activations of several hook points stand side by side in one row, in this order. An SAE reads
/// and reconstructs one hook point. A transcoder reads one and predicts another. A crosscoder reads
/// and reconstructs several.
///
/// @param inputs the width of each hook point that is read
/// @param outputs the width of each hook point that is reconstructed
/// @param reconstructsInput whether the outputs are the inputs
public record Hooks(List<Integer> inputs, List<Integer> outputs, boolean reconstructsInput) {

  /// @throws IllegalArgumentException if there is no input or no output, if a width is not
  ///     positive, or if the outputs are said to be the inputs but have other widths
  public Hooks {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    if (inputs.isEmpty() || outputs.isEmpty()) {
      throw new IllegalArgumentException("an SAE reads and reconstructs at least one hook point");
    }
    for (int width : inputs) {
      requirePositive(width);
    }
    for (int width : outputs) {
      requirePositive(width);
    }
    if (reconstructsInput && !inputs.equals(outputs)) {
      throw new IllegalArgumentException(
          "the widths that are read are %s, those that are reconstructed %s: they must be the same"
              .formatted(inputs, outputs));
    }
  }

  private static void requirePositive(int width) {
    if (width < 1) {
      throw new IllegalArgumentException(
          "a hook point is %d wide: give 1 or more".formatted(width));
    }
  }

  /// An SAE that reconstructs the one hook point that it reads.
  public static Hooks of(int width) {
    return reconstructing(List.of(width));
  }

  /// An SAE that reconstructs all the hook points that it reads.
  public static Hooks reconstructing(List<Integer> widths) {
    return new Hooks(widths, widths, true);
  }

  /// An SAE that reads one hook point and predicts another.
  public static Hooks between(int inputWidth, int outputWidth) {
    return new Hooks(List.of(inputWidth), List.of(outputWidth), false);
  }

  /// D, the width of a row that is read.
  public int inputWidth() {
    return inputs.stream().mapToInt(Integer::intValue).sum();
  }

  /// The width of a row that is reconstructed.
  public int outputWidth() {
    return outputs.stream().mapToInt(Integer::intValue).sum();
  }

  /// Whether more than one hook point is read or reconstructed.
  public boolean several() {
    return inputs.size() > 1 || outputs.size() > 1;
  }
}
