package sae4j.saes.weights;

import org.jspecify.annotations.Nullable;

/// Where an SAE's activations came from, for whoever loads it.
///
/// @param modelName the language model, or null
/// @param hookName the hook point in TransformerLens' naming, or null
/// @param outputHookName what a transcoder predicts, or null
/// @param contextSize tokens of context during training, or null
public record Origin(
    @Nullable String modelName,
    @Nullable String hookName,
    @Nullable String outputHookName,
    @Nullable Integer contextSize) {
  /// Nothing is known.
  public static final Origin UNKNOWN = new Origin(null, null);

  /// Of a transcoder that predicts what is at another hook point.
  public Origin predicting(@Nullable String hook) {
    return new Origin(modelName, hookName, hook, contextSize);
  }

  /// What most know.
  public Origin(@Nullable String modelName, @Nullable String hookName) {
    this(modelName, hookName, null, null);
  }
}
