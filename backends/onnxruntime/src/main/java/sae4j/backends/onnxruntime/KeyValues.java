// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.LanguageGraph.CacheTensor;

/// Keys and values of the tokens that a model has read, kept in native memory between the steps of
/// a generation.
final class KeyValues implements AutoCloseable {
  /// For a pass without a cache.
  static final KeyValues NONE = new KeyValues();

  private final Map<String, OnnxTensor> byPastName = new HashMap<>();
  private final Map<String, OnnxTensor> fresh = new HashMap<>();
  private final List<OrtSession.Result> held = new ArrayList<>();
  private final List<OrtSession.Result> heldFresh = new ArrayList<>();
  private int tokens;

  /// P, the number of tokens read.
  int tokens() {
    return tokens;
  }

  /// The value of the input of that name; null before the first step.
  @Nullable OnnxTensor tensor(String past) {
    return byPastName.get(past);
  }

  /// Takes the keys and values among the results of one part. They are used after the next
  /// [#advance].
  void keep(OrtSession.Result result, List<CacheTensor> cache) {
    heldFresh.add(result);
    for (CacheTensor tensor : cache) {
      result.get(tensor.present()).ifPresent(value -> fresh.put(tensor.past(), (OnnxTensor) value));
    }
  }

  /// Ends a step that read `newTokens` tokens.
  void advance(int newTokens) {
    if (this == NONE) {
      return;
    }
    held.forEach(OrtSession.Result::close);
    held.clear();
    held.addAll(heldFresh);
    heldFresh.clear();
    byPastName.clear();
    byPastName.putAll(fresh);
    fresh.clear();
    tokens += newTokens;
  }

  @Override
  public void close() {
    held.forEach(OrtSession.Result::close);
    heldFresh.forEach(OrtSession.Result::close);
    held.clear();
    heldFresh.clear();
  }
}
