// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where an SAE's activations came from, for whoever loads it. Hook points have TransformerLens'
/// names.
///
/// @param modelName the language model, or null
/// @param inputHooks the hook points that are read; empty where they are not known
/// @param outputHooks the hook points that are predicted, where these are others; else empty
/// @param contextSize tokens of context during training, or null
/// @param tokensRead which tokens it was trained on
public record Origin(
    @Nullable String modelName,
    List<String> inputHooks,
    List<String> outputHooks,
    @Nullable Integer contextSize,
    TokensRead tokensRead) {
  /// Nothing is known.
  public static final Origin UNKNOWN = new Origin(null, null);

  public Origin {
    inputHooks = List.copyOf(inputHooks);
    outputHooks = List.copyOf(outputHooks);
  }

  /// Of several hook points, where the file says nothing of the tokens.
  public Origin(
      @Nullable String modelName,
      List<String> inputHooks,
      List<String> outputHooks,
      @Nullable Integer contextSize) {
    this(modelName, inputHooks, outputHooks, contextSize, TokensRead.UNSAID);
  }

  /// What a file says of an SAE or a transcoder; each part may be null.
  public Origin(
      @Nullable String modelName,
      @Nullable String hookName,
      @Nullable String outputHookName,
      @Nullable Integer contextSize) {
    this(modelName, listOf(hookName), listOf(outputHookName), contextSize);
  }

  /// What most know.
  public Origin(@Nullable String modelName, @Nullable String hookName) {
    this(modelName, hookName, null, null);
  }

  private static List<String> listOf(@Nullable String hook) {
    return hook == null ? List.of() : List.of(hook);
  }

  /// Of a transcoder that predicts what is at another hook point.
  public Origin predicting(@Nullable String hook) {
    return new Origin(modelName, inputHooks, listOf(hook), contextSize, tokensRead);
  }

  /// Of an SAE that was trained on such tokens.
  public Origin reading(TokensRead tokens) {
    return new Origin(modelName, inputHooks, outputHooks, contextSize, tokens);
  }

  /// Of an SAE that was trained on contexts of such a length.
  public Origin inContextsOf(int tokens) {
    return new Origin(modelName, inputHooks, outputHooks, tokens, tokensRead);
  }

  /// The hook point that is read, or null if it is not known or there are several.
  public @Nullable String hookName() {
    return inputHooks.size() == 1 ? inputHooks.getFirst() : null;
  }

  /// The hook point that a transcoder predicts, or null.
  public @Nullable String outputHookName() {
    return outputHooks.size() == 1 ? outputHooks.getFirst() : null;
  }
}
