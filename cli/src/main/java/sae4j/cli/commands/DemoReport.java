// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.TokenLine;
import sae4j.evaluation.FeatureExamples;
import sae4j.evaluation.FeaturePortrait;
import sae4j.evaluation.Metrics;
import sae4j.evaluation.TokensInContext;

/// What the SAE of the demo learned: its metrics, and features with the tokens that activate them.
///
/// @param text that the features are shown in
record DemoReport(Console console, TokensInContext text) {
  private static final int SHOWN_EXAMPLES = 3;
  private static final int CONTEXT = 48;

  /// Says how good the SAE is, and puts that into the result.
  ///
  /// @param features F
  void metrics(Metrics metrics, int features, ObjectNode result) {
    Json.put(result, "median_encoder_decoder_cosine", metrics.medianDecoderCosine());
    result.put("held_out_tokens", metrics.tokens());
    console.say("");
    console.say(
        ("on %,d tokens of held-out files: explained variance %.3f at L0 %.1f; %.1f %% of %,d"
                + " features dead; median cosine of encoder and decoder vectors %.2f")
            .formatted(
                metrics.tokens(),
                metrics.explainedVariance(),
                metrics.l0(),
                100 * metrics.deadFraction(),
                features,
                metrics.medianDecoderCosine()));
  }

  /// Shows the most readable features, and puts them into the result.
  ///
  /// @param density of every feature
  /// @param show how many
  void features(FeatureExamples examples, double[] density, int show, ObjectNode result) {
    ArrayNode shown = result.putArray("features");
    for (FeaturePortrait portrait : FeaturePortrait.mostReadable(examples, density, text, show)) {
      shown.add(describe(portrait));
    }
  }

  private ObjectNode describe(FeaturePortrait portrait) {
    console.say("");
    String after =
        portrait.commonlyAfter().isEmpty()
            ? ""
            : " after '" + TokenLine.visible(portrait.commonlyAfter()) + "'";
    console.say(
        ("feature %d: '%s'%s   active on %.2f %% of tokens; %.0f %% of its strongest are this, from"
                + " %d files")
            .formatted(
                portrait.feature(),
                TokenLine.visible(portrait.commonToken()),
                after,
                100 * portrait.density(),
                100 * portrait.share(),
                portrait.documents()));
    ObjectNode described =
        Json.object().put("feature", portrait.feature()).put("token", portrait.commonToken());
    Json.put(described, "share", portrait.share());
    Json.put(described, "density", portrait.density());
    ArrayNode contexts = described.putArray("examples");
    TokenLine line = new TokenLine(text, CONTEXT, console.live());
    for (FeatureExamples.Example example :
        portrait.examples().subList(0, Math.min(SHOWN_EXAMPLES, portrait.examples().size()))) {
      console.say("  %6.2f  %s".formatted(example.activation(), line.of(example.row())));
      contexts.add(new TokenLine(text, CONTEXT, false).of(example.row()).strip());
    }
    return described;
  }
}
