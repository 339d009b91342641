// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.Arrays;
import java.util.List;
import sae4j.saes.Normalisation;

/// How activations are brought to one scale before an SAE reads them.
///
/// The first two multiply every token by the same number at most, which is folded into the saved
/// weights. The other two treat each token by itself. No weights can do that, so the trained SAE
/// does it for as long as it is used.
public enum InputNormalisation {
  /// As they are.
  NONE("none", Normalisation.NONE),
  /// x·s with s = √D / mean ‖x‖ over a sample; SAELens' `expected_average_only_in`. Saved weights
  /// take activations as they are.
  EXPECTED_AVERAGE("expected-average", Normalisation.NONE),
  /// [Normalisation#LAYER_NORM].
  LAYER_NORM("layer-norm", Normalisation.LAYER_NORM),
  /// [Normalisation#CONSTANT_NORM].
  CONSTANT_NORM("constant-norm", Normalisation.CONSTANT_NORM);

  private final String label;
  private final Normalisation ofEachToken;

  InputNormalisation(String label, Normalisation ofEachToken) {
    this.label = label;
    this.ofEachToken = ofEachToken;
  }

  /// What a user types.
  public String label() {
    return label;
  }

  /// The names a user can choose from.
  public static List<String> labels() {
    return Arrays.stream(values()).map(InputNormalisation::label).toList();
  }

  /// One by what a user types.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public static InputNormalisation labelled(String label) {
    return Arrays.stream(values())
        .filter(each -> each.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown normalisation '%s': choose %s"
                        .formatted(label, String.join(", ", labels()))));
  }

  /// What is done to each token by itself.
  public Normalisation ofEachToken() {
    return ofEachToken;
  }

  /// Whether each token is treated by itself, so that a saved SAE has to do it too.
  public boolean perToken() {
    return ofEachToken != Normalisation.NONE;
  }
}
