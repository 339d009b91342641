package sae4j.backends.onnxruntime;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import sae4j.activations.models.FloatRows;
import sae4j.activations.models.HookPoint;
import sae4j.activations.models.Intervention;
import sae4j.activations.models.LanguageModel;
import sae4j.activations.models.Sampler;
import sae4j.activations.models.Sampling;
import sae4j.activations.models.TokenBatch;
import sae4j.activations.models.Tokenizer;
import sae4j.backends.onnxruntime.graph.LanguageGraph;

/// A language model as parts of its ONNX graph.
final class OnnxLanguageModel implements LanguageModel {
  private final String name;
  private final HuggingFaceTokenizer tokenizer;
  private final LanguageGraph language;
  private final CutGraph graph;
  private final CutGraph generating;

  /// @param name       what the user knows it by
  /// @param tokenizer  its tokenizer, closed with the model
  /// @param language   the graph that reads whole sequences
  /// @param generating another graph of the model, with a cache, that reads token by token; empty
  ///     where `language` must do
  OnnxLanguageModel(
      String name,
      HuggingFaceTokenizer tokenizer,
      LanguageGraph language,
      Optional<LanguageGraph> generating) {
    this.name = name;
    this.tokenizer = tokenizer;
    this.language = language;
    this.graph = new CutGraph(language);
    this.generating = generating.map(CutGraph::new).orElse(graph);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public List<HookPoint> hookPoints() {
    return List.copyOf(language.hooks().keySet());
  }

  @Override
  public int contextLength() {
    return language.contextLength();
  }

  @Override
  public int modelWidth() {
    return language.modelWidth();
  }

  @Override
  public int vocabularySize() {
    return language.vocabularySize();
  }

  @Override
  public Map<HookPoint, FloatRows> capture(TokenBatch tokensBT, Collection<HookPoint> hooks) {
    check(tokensBT);
    Set<String> tensors = new LinkedHashSet<>();
    hooks.stream().sorted().forEach(hook -> tensors.add(tensor(hook)));
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException(
          "capture: no hook points; " + name + " has " + hookPoints());
    }
    Map<String, FloatRows> rows = graph.run(tokensBT, Map.of(), List.copyOf(tensors));
    Map<HookPoint, FloatRows> captured = new LinkedHashMap<>();
    for (HookPoint hook : hooks) {
      FloatRows found = Objects.requireNonNull(rows.get(tensor(hook)));
      // Two hooks may name one tensor; each answer is the caller's to change.
      captured.put(hook, captured.containsValue(found) ? found.copy() : found);
    }
    return captured;
  }

  @Override
  public FloatRows logits(TokenBatch tokensBT, List<Intervention> interventions) {
    check(tokensBT);
    interventions.forEach(intervention -> tensor(intervention.hook()));
    return graph.logits(tokensBT, interventions, KeyValues.NONE);
  }

  @Override
  public FloatRows resume(TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD) {
    check(tokensBT);
    String tensor = tensor(hook);
    checkShape("resume at " + hook, activationsBTxD, tokensBT, modelWidth());
    Map<String, FloatRows> result =
        graph.run(tokensBT, Map.of(tensor, activationsBTxD), List.of(language.logits()));
    return Objects.requireNonNull(result.get(language.logits()));
  }

  @Override
  public FloatRows gradient(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, FloatRows gradLogitsBTxV) {
    check(tokensBT);
    String tensor = tensor(hook);
    checkShape("gradient at " + hook + ", activations", activationsBTxD, tokensBT, modelWidth());
    checkShape(
        "gradient at " + hook + ", gradient of the logits",
        gradLogitsBTxV,
        tokensBT,
        vocabularySize());
    return graph.gradient(tokensBT, tensor, activationsBTxD, gradLogitsBTxV);
  }

  @Override
  public int[] generate(int[] prompt, Sampling sampling, List<Intervention> interventions) {
    TokenBatch first = TokenBatch.of(prompt);
    check(first);
    interventions.forEach(intervention -> tensor(intervention.hook()));
    Sampler sampler = new Sampler(sampling);
    int count = Math.min(sampling.maxNewTokens(), contextLength() - prompt.length + 1);
    int[] ids = Arrays.copyOf(prompt, prompt.length + Math.max(0, count));
    boolean cached = generating.hasCache();
    try (KeyValues past = cached ? new KeyValues() : KeyValues.NONE) {
      for (int length = prompt.length; length < ids.length; length++) {
        int from = cached ? past.tokens() : 0;
        TokenBatch unread = TokenBatch.of(Arrays.copyOfRange(ids, from, length));
        FloatRows logits = generating.logits(unread, interventions, past);
        ids[length] = sampler.next(logits, logits.rows() - 1);
      }
    }
    return Arrays.copyOfRange(ids, prompt.length, ids.length);
  }

  private String tensor(HookPoint hook) {
    String tensor = language.hooks().get(hook);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "hook point " + hook + ": " + name + " has " + hookPoints());
    }
    return tensor;
  }

  private void check(TokenBatch tokensBT) {
    if (tokensBT.length() < 1 || tokensBT.length() > contextLength()) {
      throw new IllegalArgumentException(
          "tokens: sequences of "
              + tokensBT.length()
              + "; "
              + name
              + " reads 1 to "
              + contextLength());
    }
    for (int row = 0; row < tokensBT.rows(); row++) {
      if (tokensBT.id(row) < 0 || tokensBT.id(row) >= vocabularySize()) {
        throw new IllegalArgumentException(
            "tokens: id "
                + tokensBT.id(row)
                + " at row "
                + row
                + "; the vocabulary of "
                + name
                + " has "
                + vocabularySize());
      }
    }
  }

  private static void checkShape(String what, FloatRows rows, TokenBatch tokensBT, int width) {
    if (rows.rows() != tokensBT.rows() || rows.width() != width) {
      throw new IllegalArgumentException(
          what + ": got " + rows + ", expected " + tokensBT.rows() + " × " + width);
    }
  }

  @Override
  public void close() {
    generating.close();
    graph.close();
    tokenizer.close();
  }
}
