// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.gradient.Backward;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.LanguageGraph.CacheTensor;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;
import sae4j.backends.onnxruntime.natives.Execution;
import sae4j.files.FormatException;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.TokenBatch;

/// Runs parts of a language model's graph. A part is the smallest subgraph that computes some
/// tensors from given ones. Its session is made at the first use and kept for later ones.
final class CutGraph implements AutoCloseable {
  /// At first enough for the parts before and after two hook points. Each session holds a packed
  /// copy of its weights.
  private int mostSessions = 4;

  private final LanguageGraph language;
  private final Execution execution;
  private final SequencedMap<String, GraphSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

  /// Inputs that are lists of all tokens of the batch.
  private final Set<String> flat = new HashSet<>();

  /// The tensor behind which each token is seen alone, if the graph shows it.
  private final Optional<String> endOfStream;

  /// Whether all weights were looked through.
  private boolean soundWeights;

  /// @param execution where it is computed
  CutGraph(LanguageGraph language, Execution execution) {
    this.language = language;
    this.execution = execution;
    language.hooks().values().stream()
        .filter(HookTensor::flat)
        .forEach(
            tensor -> {
              flat.add(tensor.name());
              flat.add(Backward.seed(tensor.name()));
            });
    this.endOfStream = language.endOfResidualStream();
  }

  /// Whether the graph takes and returns the keys and values of earlier tokens.
  boolean hasCache() {
    return !language.cache().isEmpty();
  }

  /// Computes the tensors `targets` in a pass without a cache.
  ///
  /// @param given known tensors
  Map<String, FloatRows> run(
      TokenBatch tokensBT, Map<String, FloatRows> given, List<String> targets) {
    return run(session(given.keySet(), targets), tokensBT, given, KeyValues.NONE);
  }

  /// The logits of a pass with interventions.
  FloatRows logits(TokenBatch tokensBT, List<Intervention> interventions) {
    return new Pass(tokensBT, KeyValues.NONE).changed(interventions).run(language.logits());
  }

  /// Whether [#lastLogits] computes no others.
  boolean knowsEndOfStream() {
    return endOfStream.isPresent();
  }

  /// The logits behind the last token of a sequence, in a pass with interventions. What follows the
  /// end of the residual stream sees one token at a time, so it runs for that token alone: the
  /// logits of all of them may be larger than memory.
  ///
  /// @param tokensT one sequence
  /// @param past keys and values of earlier tokens, updated by this pass; [KeyValues#NONE] if there
  ///     is no cache
  /// @return [1, V]; [T, V] if the graph does not show where the residual stream ends
  FloatRows lastLogits(TokenBatch tokensT, List<Intervention> interventions, KeyValues past) {
    // With fewer sessions, each step would make those again that the step before made.
    int parts = (int) interventions.stream().map(Intervention::hook).distinct().count() + 2;
    mostSessions = Math.max(mostSessions, parts);
    Pass pass = new Pass(tokensT, past).changed(interventions);
    FloatRows logits;
    if (endOfStream.isPresent()) {
      String end = endOfStream.get();
      FloatRows streamTxD = pass.run(end);
      int last = streamTxD.rows() - 1;
      Pass token = new Pass(TokenBatch.of(tokensT.id(last)), KeyValues.NONE);
      logits = token.given(end, streamTxD.select(new int[] {last})).run(language.logits());
    } else {
      logits = pass.run(language.logits());
    }
    past.advance(tokensT.length());
    return logits;
  }

  /// One pass over some tokens, made in steps where tensors are replaced on the way.
  private final class Pass {
    private final TokenBatch tokensBT;
    private final KeyValues past;
    private final Map<String, FloatRows> given = new LinkedHashMap<>();

    /// Keys and values that were computed.
    private final Set<String> kept = new HashSet<>();

    Pass(TokenBatch tokensBT, KeyValues past) {
      this.tokensBT = tokensBT;
      this.past = past;
    }

    Pass given(String tensor, FloatRows rows) {
      given.put(tensor, rows);
      return this;
    }

    /// Runs to each hook point in turn and replaces what is there.
    Pass changed(List<Intervention> interventions) {
      SortedMap<HookPoint, List<Intervention>> byHook = new TreeMap<>();
      Map<String, HookPoint> hooks = new HashMap<>();
      for (Intervention intervention : interventions) {
        String tensor = tensor(intervention.hook());
        // Two hook points may name one tensor. They count as one.
        HookPoint hook = hooks.computeIfAbsent(tensor, t -> intervention.hook());
        byHook.computeIfAbsent(hook, h -> new ArrayList<>()).add(intervention);
      }
      byHook.forEach(
          (hook, edits) -> {
            FloatRows rows = run(tensor(hook));
            for (Intervention intervention : edits) {
              FloatRows edited = intervention.edit().apply(rows);
              if (edited.rows() != rows.rows() || edited.width() != rows.width()) {
                throw new IllegalArgumentException(
                    "intervention at " + hook + ": returned " + edited + ", expected " + rows);
              }
              rows = edited;
            }
            given.put(tensor(hook), rows);
          });
      return this;
    }

    /// Computes `target`, and with it those keys and values that are computed on the way. The step
    /// to the end of the residual stream, or to the logits, also computes all that are left.
    FloatRows run(String target) {
      FloatRows known = given.get(target);
      if (known != null) {
        return known;
      }
      List<String> targets = new ArrayList<>(List.of(target));
      if (past != KeyValues.NONE) {
        boolean last = target.equals(language.logits()) || target.equals(endOfStream.orElse(""));
        Set<String> onTheWay = last ? Set.of() : part(given.keySet(), targets).producers().keySet();
        language.cache().stream()
            .map(CacheTensor::present)
            .filter(present -> (last || onTheWay.contains(present)) && kept.add(present))
            .forEach(targets::add);
      }
      GraphSession session = session(given.keySet(), targets);
      return Objects.requireNonNull(CutGraph.this.run(session, tokensBT, given, past).get(target));
    }
  }

  private String tensor(HookPoint hook) {
    return Objects.requireNonNull(language.hooks().get(hook)).name();
  }

  private Graph part(Set<String> given, List<String> targets) {
    Map<String, ValueInfo> known = new LinkedHashMap<>();
    given.forEach(tensor -> known.put(tensor, ValueInfo.ofType(tensor, ElementType.FLOAT)));
    return language.model().graph().between(known, targets);
  }

  private GraphSession session(Set<String> given, List<String> targets) {
    return session(given + " → " + targets, () -> language.model().with(part(given, targets)));
  }

  /// ∂loss/∂tensor, from ∂loss/∂ of tensors that are computed from `tensor`. One run does the rest
  /// of the pass and its reverse.
  ///
  /// @param gradients of the logits and of any other tensors that are computed from `tensor`, by
  ///     name
  FloatRows gradient(
      TokenBatch tokensBT,
      String tensor,
      FloatRows activations,
      SortedMap<String, FloatRows> gradients) {
    String result = "sae4j.grad_input";
    List<String> outputs = List.copyOf(gradients.keySet());
    GraphSession session =
        session(
            "gradient " + tensor + " of " + outputs,
            () ->
                Backward.transform(
                    language.model().with(part(Set.of(tensor), outputs)), tensor, outputs, result));
    Map<String, FloatRows> given = new HashMap<>();
    given.put(tensor, activations);
    gradients.forEach((output, rows) -> given.put(Backward.seed(output), rows));
    return Objects.requireNonNull(run(session, tokensBT, given, KeyValues.NONE).get(result));
  }

  /// The session kept under `key`, or a new one of the given model.
  private GraphSession session(String key, Supplier<OnnxModel> model) {
    @Nullable GraphSession known = sessions.get(key);
    if (known != null) {
      return known;
    }
    while (sessions.size() >= mostSessions) {
      sessions.pollFirstEntry().getValue().close();
    }
    GraphSession created = new GraphSession(model.get(), execution);
    sessions.put(key, created);
    return created;
  }

  /// Runs a part.
  ///
  /// @param given values for those inputs that are not inputs of the model
  /// @return its outputs without keys and values, which go into `past`
  private Map<String, FloatRows> run(
      GraphSession session, TokenBatch tokensBT, Map<String, FloatRows> given, KeyValues past) {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    List<OnnxTensor> owned = new ArrayList<>();
    try {
      ModelInputs feed = new ModelInputs(language, tokensBT, past);
      for (ValueInfo input : session.graph().inputs()) {
        FloatRows rows = given.get(input.name());
        @Nullable OnnxTensor kept = rows == null ? past.tensor(input.name()) : null;
        OnnxTensor tensor =
            kept != null
                ? kept
                : rows != null ? feed.rows(rows, flat.contains(input.name())) : feed.tensor(input);
        if (kept == null) {
          owned.add(tensor);
        }
        inputs.put(input.name(), tensor);
      }
      OrtSession.Result result = session.run(inputs);
      Map<String, FloatRows> rows = new HashMap<>();
      Set<String> presents = new HashSet<>();
      language.cache().forEach(tensor -> presents.add(tensor.present()));
      result.forEach(
          entry -> {
            if (!presents.contains(entry.getKey())) {
              rows.put(
                  entry.getKey(),
                  ModelInputs.toRows((OnnxTensor) entry.getValue(), tokensBT.rows()));
            }
          });
      if (past == KeyValues.NONE) {
        result.close();
      } else {
        past.keep(result, language.cache());
      }
      if (!rows.values().stream().allMatch(CutGraph::isFinite)) {
        requireSoundWeights();
      }
      return rows;
    } finally {
      owned.forEach(OnnxTensor::close);
    }
  }

  private static boolean isFinite(FloatRows rows) {
    float total = 0;
    for (float value : rows.values()) {
      total += 0 * value; // stays 0 while all are finite
    }
    return total == 0;
  }

  /// Finds out, once, whether a number that is not finite comes from a weight.
  ///
  /// @throws IllegalStateException if one is broken
  private void requireSoundWeights() {
    if (soundWeights) {
      return;
    }
    try {
      for (GraphWeight weight : language.model().graph().weights().values()) {
        if (weight.isBroken()) {
          throw new IllegalStateException(
              ("%s: tensor %s holds NaN or infinity, so the model computes no numbers; download or"
                      + " save the model again")
                  .formatted(
                      weight.storage() instanceof GraphWeight.Storage.InFile(Path file, _, _)
                          ? file
                          : "weights",
                      FormatException.quote(weight.name())));
        }
      }
    } catch (IOException unread) {
      throw new UncheckedIOException(unread);
    }
    soundWeights = true;
  }

  @Override
  public void close() {
    sessions.values().forEach(GraphSession::close);
    sessions.clear();
  }
}
