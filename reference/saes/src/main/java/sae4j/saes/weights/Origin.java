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
/// @param headIndex which head of a hook point that has heads; null for all of them
/// @param centred whether the weights that write into the model's residual stream were centred,
///     TransformerLens' `center_writing_weights`: each activation then has mean 0
public record Origin(
    @Nullable String modelName,
    List<String> inputHooks,
    List<String> outputHooks,
    @Nullable Integer contextSize,
    TokensRead tokensRead,
    @Nullable Integer headIndex,
    boolean centred) {
  /// Nothing is known.
  public static final Origin UNKNOWN = new Origin(null, null);

  /// @throws IllegalArgumentException if the context is not positive, or the head negative
  public Origin {
    inputHooks = List.copyOf(inputHooks);
    outputHooks = List.copyOf(outputHooks);
    if (contextSize != null && contextSize < 1) {
      throw new IllegalArgumentException(
          "contextSize is %d: give 1 or more".formatted(contextSize));
    }
    if (headIndex != null && headIndex < 0) {
      throw new IllegalArgumentException("headIndex is %d: give 0 or more".formatted(headIndex));
    }
  }

  /// Of several hook points, all heads, weights as they are.
  public Origin(
      @Nullable String modelName,
      List<String> inputHooks,
      List<String> outputHooks,
      @Nullable Integer contextSize) {
    this(modelName, inputHooks, outputHooks, contextSize, TokensRead.UNSAID, null, false);
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

  /// Of a model.
  public Origin of(String model) {
    return new Origin(model, inputHooks, outputHooks, contextSize, tokensRead, headIndex, centred);
  }

  /// Of an SAE that reads a hook point.
  public Origin readingAt(String hook) {
    return new Origin(
        modelName, List.of(hook), outputHooks, contextSize, tokensRead, headIndex, centred);
  }

  /// Of a transcoder that predicts what is at another hook point.
  public Origin predicting(@Nullable String hook) {
    return new Origin(
        modelName, inputHooks, listOf(hook), contextSize, tokensRead, headIndex, centred);
  }

  /// Of an SAE that was trained on such tokens.
  public Origin reading(TokensRead tokens) {
    return new Origin(modelName, inputHooks, outputHooks, contextSize, tokens, headIndex, centred);
  }

  /// Of an SAE that was trained on contexts of such a length.
  public Origin inContextsOf(int tokens) {
    return new Origin(modelName, inputHooks, outputHooks, tokens, tokensRead, headIndex, centred);
  }

  /// Of one head.
  public Origin ofHead(@Nullable Integer head) {
    return new Origin(modelName, inputHooks, outputHooks, contextSize, tokensRead, head, centred);
  }

  /// Of a model whose writing weights were centred, or not.
  public Origin centred(boolean centred) {
    return new Origin(
        modelName, inputHooks, outputHooks, contextSize, tokensRead, headIndex, centred);
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
