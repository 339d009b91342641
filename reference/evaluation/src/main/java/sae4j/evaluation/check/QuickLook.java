// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.evaluation.Metrics;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;
import sae4j.models.TokenizedText;
import sae4j.saes.Sae;

/// A first look at whether an SAE belongs to a model, for whoever is about to use it there: one
/// forward pass over a text of some hundred tokens. It sees only what [SaeCheck] would call a
/// complete misfit.
///
/// @param explainedVariance of these tokens
/// @param l0 mean number of active features a token
public record QuickLook(double explainedVariance, double l0) {
  private static final int LONGEST = 160;
  private static final int FEWEST_ROWS = 24;

  private static final String TEXT =
      """
      The harbour was quiet before dawn. Two boats came in with little to show for the night, and a
      woman on the quay counted crates aloud while the clerk wrote the numbers down. By seven the
      market had opened, and the first train from the capital brought buyers who wanted everything
      cheaper than the day before.

      static int largest(int[] values) {
        int best = values[0];
        for (int i = 1; i < values.length; i++) {
          if (values[i] > best) {
            best = values[i];
          }
        }
        return best;
      }
      """;

  /// Looks.
  ///
  /// @param model as the SAE is to read it
  /// @param reads the hook point that it reads
  /// @param predicts the one that it reconstructs, which may be the same
  /// @return nothing where the widths do not fit or the text is too short for this tokenizer
  public static Optional<QuickLook> at(
      LanguageModel model, HookPoint reads, HookPoint predicts, Sae sae) {
    if (model.width(reads) != sae.activationDim() || model.width(predicts) != sae.outputDim()) {
      return Optional.empty();
    }
    TokenizedText text = model.tokenizer().encodeDocument(TEXT);
    int length = Math.min(Math.min(text.size(), LONGEST), model.contextLength());
    TokenBatch tokens = TokenBatch.of(List.of(text.between(0, length, 0).ids()));
    int[] rows = KeptRows.NOT_SPECIAL.of(tokens, model.tokenizer());
    if (rows.length < FEWEST_ROWS) {
      return Optional.empty();
    }
    Collection<HookPoint> hooks = new LinkedHashSet<>(List.of(reads, predicts));
    Map<HookPoint, FloatRows> captured = model.capture(tokens, hooks);
    ActivationSet read = rows(captured.get(reads), rows);
    try {
      Metrics metrics =
          sae.hooks().reconstructsInput()
              ? Metrics.of(sae, read, rows.length)
              : Metrics.ofTranscoder(sae, read, rows(captured.get(predicts), rows), rows.length);
      return Double.isFinite(metrics.explainedVariance())
          ? Optional.of(new QuickLook(metrics.explainedVariance(), metrics.l0()))
          : Optional.empty();
    } catch (IllegalArgumentException notFinite) {
      return Optional.empty(); // whoever uses the SAE says so
    }
  }

  private static ActivationSet rows(@Nullable FloatRows all, int[] rows) {
    FloatRows chosen = Objects.requireNonNull(all).select(rows);
    return ActivationSet.of(chosen.values(), chosen.width());
  }

  /// Whether the SAE says less of these activations than a constant would.
  public boolean fitsNothing() {
    return explainedVariance < 0 || l0 == 0;
  }
}
