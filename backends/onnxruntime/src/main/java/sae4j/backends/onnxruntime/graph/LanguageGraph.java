// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import sae4j.models.HookPoint;
import sae4j.models.ModelFacts;

/// A language model as a graph, with the names of the tensors that a caller needs.
///
/// @param model the graph; token ids go in as `idsInput`, int64 [B, T]
/// @param idsInput the input for token ids
/// @param logits the output with the scores of the next token, [B, T, V]
/// @param hooks the tensor at each hook point; two hooks may share one
/// @param contextLength the most tokens a sequence may have
/// @param facts its family and its size
/// @param modelWidth D
/// @param vocabularySize V
/// @param cache the key-value cache; empty if the graph has none
/// @param cacheLength the most tokens, old and new ones, for which the cache holds what a pass over
///     all of them would compute; some models rotate positions otherwise in longer sequences
/// @param hasHead whether it scores tokens; without an unembedding `logits` is the end of the
///     residual stream, and only what lies before it can be asked for
public record LanguageGraph(
    OnnxModel model,
    String idsInput,
    String logits,
    SortedMap<HookPoint, HookTensor> hooks,
    int contextLength,
    ModelFacts facts,
    int modelWidth,
    int vocabularySize,
    List<CacheTensor> cache,
    int cacheLength,
    boolean hasHead) {

  /// The same graph, with or without an unembedding.
  public LanguageGraph withHead(boolean head) {
    return new LanguageGraph(
        model,
        idsInput,
        logits,
        hooks,
        contextLength,
        facts,
        modelWidth,
        vocabularySize,
        cache,
        cacheLength,
        head);
  }

  /// The logits before the bound that some models put on them; [#logits] where there is none.
  public String unboundedLogits() {
    return LogitBound.before(model.graph(), logits);
  }

  /// The end of the residual stream, if the logits follow from it token by token: if no attention
  /// lies between them.
  public Optional<String> endOfResidualStream() {
    return hooks.entrySet().stream()
        .filter(hook -> hook.getKey().site() == HookPoint.Site.RESID_POST)
        .map(hook -> hook.getValue().name())
        .reduce((earlier, later) -> later)
        .filter(this::isBehindAttention);
  }

  private boolean isBehindAttention(String tensor) {
    Map<String, ValueInfo> given = Map.of(tensor, ValueInfo.ofType(tensor, ElementType.FLOAT));
    return model.graph().between(given, List.of(logits)).nodes().stream()
        .noneMatch(node -> node.op().equals("Softmax") || node.op().endsWith("Attention"));
  }

  /// Keys or values of one layer: those of earlier tokens, and those of earlier and new tokens
  /// together.
  ///
  /// @param past the input, [B, heads, P, headWidth]
  /// @param present the output, [B, heads, P + T, headWidth]
  /// @param heads key-value heads
  /// @param width width of a head
  public record CacheTensor(String past, String present, int heads, int width) {}
}
