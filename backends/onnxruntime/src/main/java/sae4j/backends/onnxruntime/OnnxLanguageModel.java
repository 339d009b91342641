// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.ModelFacts;
import sae4j.models.Sampler;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;
import sae4j.models.Tokenizer;

/// A language model that runs parts of its ONNX graph.
final class OnnxLanguageModel implements LanguageModel {
  private final String name;
  private final HuggingFaceTokenizer tokenizer;
  private final LanguageGraph language;
  private final Devices.Choice device;
  private final CutGraph graph;
  private final CutGraph generating;

  /// @param name its name for the user
  /// @param tokenizer its tokenizer, closed with the model
  /// @param language the graph that reads whole sequences
  /// @param generating another graph of the model, with a cache, for reading token by token; empty
  ///     if there is only `language`
  /// @param device where it computes
  OnnxLanguageModel(
      String name,
      HuggingFaceTokenizer tokenizer,
      LanguageGraph language,
      Optional<LanguageGraph> generating,
      Devices.Choice device) {
    this.name = name;
    this.tokenizer = tokenizer;
    this.language = language;
    this.device = device;
    this.graph = new CutGraph(language, device.execution());
    this.generating = generating.map(each -> new CutGraph(each, device.execution())).orElse(graph);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ModelFacts facts() {
    return language.facts();
  }

  @Override
  public List<String> notes() {
    return Stream.concat(tokenizer.notes().stream(), device.note().stream())
        .map(note -> name + ": " + note)
        .toList();
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
  public int width(HookPoint hook) {
    return tensorAt(hook).width();
  }

  @Override
  public int contextLength() {
    return language.contextLength();
  }

  @Override
  public String device() {
    return device.name();
  }

  @Override
  public int tokensAtOnce() {
    return device.tokensAtOnce(language);
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
          "capture: no hook points; %s has %s".formatted(name, HookPoint.list(hookPoints())));
    }
    Map<String, FloatRows> rows = graph.run(tokensBT, Map.of(), List.copyOf(tensors));
    Map<HookPoint, FloatRows> captured = new LinkedHashMap<>();
    for (HookPoint hook : hooks) {
      FloatRows found = Objects.requireNonNull(rows.get(tensor(hook)));
      // Two hook points may name one tensor, and the caller may change each result.
      captured.put(hook, captured.containsValue(found) ? found.copy() : found);
    }
    return captured;
  }

  @Override
  public FloatRows logits(TokenBatch tokensBT, List<Intervention> interventions) {
    requireHead();
    check(tokensBT);
    checkLogits(tokensBT);
    interventions.forEach(intervention -> tensor(intervention.hook()));
    return graph.logits(tokensBT, interventions);
  }

  @Override
  public Continuation resume(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Collection<HookPoint> later) {
    String logits = language.logits();
    Map<String, FloatRows> result = scored(tokensBT, hook, activationsBTxD, later, logits);
    return new Continuation(Objects.requireNonNull(result.get(logits)), at(later, result));
  }

  @Override
  public FloatRows unboundedLogits(TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD) {
    String logits = language.unboundedLogits();
    return Objects.requireNonNull(
        scored(tokensBT, hook, activationsBTxD, List.of(), logits).get(logits));
  }

  @Override
  public Map<HookPoint, FloatRows> advance(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Collection<HookPoint> later) {
    check(tokensBT);
    checkShape("advance from " + hook, activationsBTxD, tokensBT, width(hook));
    Set<String> targets = laterTensors(hook, later);
    return at(later, runFrom(tokensBT, hook, activationsBTxD, targets));
  }

  /// Runs on from a hook point to later ones and to `logits`, bounded or not.
  private Map<String, FloatRows> scored(
      TokenBatch tokensBT,
      HookPoint hook,
      FloatRows activationsBTxD,
      Collection<HookPoint> later,
      String logits) {
    requireHead();
    check(tokensBT);
    checkLogits(tokensBT);
    checkShape("resume at " + hook, activationsBTxD, tokensBT, width(hook));
    Set<String> targets = laterTensors(hook, later);
    targets.add(logits);
    return runFrom(tokensBT, hook, activationsBTxD, targets);
  }

  private Map<String, FloatRows> runFrom(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Set<String> targets) {
    return graph.run(tokensBT, Map.of(tensor(hook), activationsBTxD), List.copyOf(targets));
  }

  private Set<String> laterTensors(HookPoint hook, Collection<HookPoint> later) {
    Set<String> tensors = new LinkedHashSet<>();
    later.stream().sorted().forEach(each -> tensors.add(laterTensor(hook, each)));
    return tensors;
  }

  /// The activations at hook points, of which two may name one tensor. The caller may change each.
  private Map<HookPoint, FloatRows> at(Collection<HookPoint> hooks, Map<String, FloatRows> rows) {
    Map<HookPoint, FloatRows> activations = new LinkedHashMap<>();
    hooks.forEach(
        each -> activations.put(each, Objects.requireNonNull(rows.get(tensor(each))).copy()));
    return activations;
  }

  /// Logits go through one buffer, and a buffer of Java holds less than 2 GiB.
  private void checkLogits(TokenBatch tokensBT) {
    long bytes = (long) Float.BYTES * tokensBT.rows() * vocabularySize();
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "logits of %,d tokens over the %,d of %s take %,d MiB, more than a buffer holds; read"
                  .formatted(tokensBT.rows(), vocabularySize(), name, bytes >> 20)
              + " fewer tokens at a time, with a shorter --context");
    }
  }

  @Override
  public FloatRows gradient(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Continuation gradients) {
    requireHead();
    check(tokensBT);
    String tensor = tensor(hook);
    checkShape("gradient at " + hook + ", activations", activationsBTxD, tokensBT, width(hook));
    checkShape(
        "gradient at " + hook + ", gradient of the logits",
        gradients.logitsBTxV(),
        tokensBT,
        vocabularySize());
    SortedMap<String, FloatRows> byTensor = new TreeMap<>();
    byTensor.put(language.logits(), gradients.logitsBTxV());
    gradients
        .later()
        .forEach(
            (later, rows) -> {
              checkShape(
                  "gradient at " + hook + ", gradient at " + later, rows, tokensBT, width(later));
              byTensor.merge(laterTensor(hook, later), rows, OnnxLanguageModel::sum);
            });
    return graph.gradient(tokensBT, tensor, activationsBTxD, byTensor);
  }

  /// Two hook points may name one tensor. Its gradient is the sum of theirs.
  private static FloatRows sum(FloatRows a, FloatRows b) {
    FloatRows sum = a.copy();
    for (int i = 0; i < sum.values().length; i++) {
      sum.values()[i] += b.values()[i];
    }
    return sum;
  }

  private String laterTensor(HookPoint hook, HookPoint later) {
    if (later.compareTo(hook) <= 0 || tensor(later).equals(tensor(hook))) {
      throw new IllegalArgumentException(
          "hook point " + later + ": it does not lie behind " + hook + "; choose a later one");
    }
    return tensor(later);
  }

  @Override
  public int[] generate(int[] prompt, Sampling sampling, List<Intervention> interventions) {
    requireHead();
    TokenBatch first = TokenBatch.of(prompt);
    check(first);
    if (!graph.knowsEndOfStream() || !generating.knowsEndOfStream()) {
      checkLogits(first);
    }
    interventions.forEach(intervention -> tensor(intervention.hook()));
    Sampler sampler = new Sampler(sampling, tokenizer.vocabularySize());
    int count = Math.min(sampling.maxNewTokens(), contextLength() - prompt.length + 1);
    int[] ids = Arrays.copyOf(prompt, prompt.length + Math.max(0, count));
    boolean cached = generating.hasCache() && ids.length <= language.cacheLength();
    CutGraph stepping = cached ? generating : graph;
    try (KeyValues past = cached ? new KeyValues() : KeyValues.NONE) {
      for (int length = prompt.length; length < ids.length; length++) {
        int from = cached ? past.tokens() : 0;
        TokenBatch unread = TokenBatch.of(Arrays.copyOfRange(ids, from, length));
        FloatRows logits = stepping.lastLogits(unread, interventions, past);
        ids[length] = sampler.next(logits, logits.rows() - 1);
      }
    }
    return Arrays.copyOfRange(ids, prompt.length, ids.length);
  }

  @Override
  public boolean scoresTokens() {
    return language.hasHead();
  }

  private void requireHead() {
    if (!language.hasHead()) {
      throw new IllegalStateException(
          ("%s: its weights have no unembedding (lm_head, embed_out), and config.json does not tie"
                  + " it to the embedding, or they are a classifier's, so there are no logits, no"
                  + " loss and no text; give the whole model, or only capture activations")
              .formatted(name));
    }
  }

  private String tensor(HookPoint hook) {
    return tensorAt(hook).name();
  }

  private HookTensor tensorAt(HookPoint hook) {
    HookTensor tensor = language.hooks().get(hook);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "hook point %s: %s has %s".formatted(hook, name, HookPoint.list(hookPoints())));
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
      int id = tokensBT.id(row);
      if (id < 0 || id >= vocabularySize()) {
        throw new IllegalArgumentException(outside(id, row));
      }
    }
  }

  /// Why there is no such token, and which file says so.
  private String outside(int id, int row) {
    String line =
        "%s: token %d at position %,d is none of its %,d"
            .formatted(name, id, row, vocabularySize());
    if (id < 0 || id >= tokenizer.vocabularySize()) {
      return line + "; give ids from 0 to " + (vocabularySize() - 1);
    }
    return line
        + ", by vocab_size in config.json, and tokenizer.json has it: %s; take both files from one"
            .formatted(FormatException.quote(tokenizer.vocabularyEntry(id)))
        + " model, or leave the token out of the text";
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
