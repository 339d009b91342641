// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sae4j.models.LanguageModel;

/// How many tokens a model sees at once where nobody chose: as many as the SAE saw when it was
/// trained; else as many as the model can take, but at most 1,024. A model that can take 131,072
/// would need hundreds of GB for their attention alone, and a text of a million tokens would be
/// eight sequences of it.
///
/// @param tokens T
/// @param note why, for the user; empty where T is what the model can take
public record WindowLength(int tokens, Optional<String> note) {
  /// The longest where nothing says otherwise.
  public static final int STANDARD = 1024;

  /// The length for a model.
  ///
  /// @param trained what the SAE's file says of its training; null where there is none, or it says
  ///     nothing
  public static WindowLength of(LanguageModel model, @Nullable Integer trained) {
    int most = model.contextLength();
    if (trained != null && trained >= 2 && trained <= most) {
      return new WindowLength(
          trained,
          trained == most
              ? Optional.empty()
              : Optional.of(
                  "contexts of %,d tokens, those that the SAE was trained on".formatted(trained)));
    }
    int tokens = Math.min(most, STANDARD);
    if (trained != null) {
      return new WindowLength(
          tokens,
          Optional.of(
              "contexts of %,d tokens; the SAE was trained on %,d, and %s takes %,d"
                  .formatted(tokens, trained, model.name(), most)));
    }
    return new WindowLength(
        tokens,
        tokens == most
            ? Optional.empty()
            : Optional.of(
                "contexts of %,d tokens; %s takes up to %,d"
                    .formatted(tokens, model.name(), most)));
  }
}
