// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.suites;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.files.hub.HubName;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.TokensRead;

/// One SAE of a public suite.
///
/// @param name what a user types
/// @param at where it is on the hub
/// @param model whose activations it reads
/// @param hook the hook point that it reads
/// @param predicts the hook point that a transcoder predicts; null for an SAE
/// @param bos whether documents stand behind a document-start token; null where nobody says
/// @param centred whether the model's weights were centred
public record SuiteSae(
    String name,
    HubName at,
    String model,
    String hook,
    @Nullable String predicts,
    @Nullable Boolean bos,
    boolean centred) {

  /// Weights with what their files do not say of themselves. What the files say stays.
  ///
  /// @param read from those files
  public SaeWeights complete(SaeWeights read) {
    SaeWeights weights = predicts == null ? read : read.asTranscoder();
    Origin said = weights.origin();
    List<String> completed = new ArrayList<>();
    Origin origin = said;
    if (said.modelName() == null) {
      origin = origin.of(model);
      completed.add("its model is " + model);
    }
    if (said.inputHooks().isEmpty()) {
      origin = origin.readingAt(hook);
      completed.add("it reads " + hook);
    }
    if (predicts != null && weights.transcoder() && said.outputHooks().isEmpty()) {
      origin = origin.predicting(predicts);
      completed.add("it predicts " + predicts);
    }
    TokensRead tokens = said.tokensRead();
    if (bos != null && tokens.startsDocuments() == null) {
      origin = origin.reading(new TokensRead(bos, tokens.leavesOutSpecial(), tokens.positions()));
      completed.add("documents begin %s a start token".formatted(bos ? "behind" : "without"));
    }
    if (centred && !said.centred()) {
      origin = origin.centred(true);
      completed.add("the model's weights were centred");
    }
    return completed.isEmpty()
        ? weights
        : weights
            .from(origin)
            .assuming("%s, as the list of suites has it".formatted(String.join(", ", completed)));
  }
}
