// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.heads;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.ModelFacts;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;
import sae4j.models.Tokenizer;

/// A model that shows one head at one of its hook points, as SAELens reads it with
/// `hook_head_index`. What is changed there is changed in this head alone. All other hook points
/// are the model's own.
public final class OneHead implements LanguageModel {
  private final LanguageModel model;
  private final HookPoint hook;
  private final int from;
  private final int width;

  private OneHead(LanguageModel model, HookPoint hook, int from, int width) {
    this.model = model;
    this.hook = hook;
    this.from = from;
    this.width = width;
  }

  /// Narrows a model; closing it closes the model.
  ///
  /// @param hook queries, keys, values, or what heads have read
  /// @param head counted from 0
  /// @throws IllegalArgumentException if the hook point has no heads, or not so many
  public static OneHead of(LanguageModel model, HookPoint hook, int head) {
    int width = model.facts().headWidth();
    if (!isOfHeads(model, hook)) {
      throw new IllegalArgumentException(
          "head %d: activations of %s at %s are not those of heads side by side"
              .formatted(head, model.name(), hook));
    }
    int heads = model.width(hook) / width;
    if (head < 0 || head >= heads) {
      throw new IllegalArgumentException(
          "head %d: %s has heads 0 to %d at %s".formatted(head, model.name(), heads - 1, hook));
    }
    return new OneHead(model, hook, head * width, width);
  }

  /// Whether activations at a hook point are those of heads side by side.
  public static boolean isOfHeads(LanguageModel model, HookPoint hook) {
    int width = model.facts().headWidth();
    return switch (hook.site()) {
      case Q, K, V, Z -> width > 0 && model.width(hook) % width == 0;
      default -> false;
    };
  }

  /// The head's columns.
  private FloatRows part(FloatRows all) {
    return all.columns(from, width);
  }

  /// All heads, with other columns for this one.
  private FloatRows with(FloatRows all, FloatRows part) {
    FloatRows changed = all.copy();
    for (int row = 0; row < all.rows(); row++) {
      System.arraycopy(
          part.values(), row * width, changed.values(), row * all.width() + from, width);
    }
    return changed;
  }

  private FloatRows whole(TokenBatch tokensBT, FloatRows part) {
    if (part.rows() != tokensBT.rows() || part.width() != width) {
      throw new IllegalArgumentException(
          "%s: got %s, expected %d × %d".formatted(hook, part, tokensBT.rows(), width));
    }
    return with(Objects.requireNonNull(model.capture(tokensBT, List.of(hook)).get(hook)), part);
  }

  private FloatRows inWhole(HookPoint at, TokenBatch tokensBT, FloatRows rows) {
    return at.equals(hook) ? whole(tokensBT, rows) : rows;
  }

  private Map<HookPoint, FloatRows> parts(Map<HookPoint, FloatRows> rows) {
    Map<HookPoint, FloatRows> parts = new LinkedHashMap<>();
    rows.forEach((at, each) -> parts.put(at, at.equals(hook) ? part(each) : each));
    return parts;
  }

  private List<Intervention> inWhole(List<Intervention> interventions) {
    return interventions.stream().map(this::inWhole).toList();
  }

  private Intervention inWhole(Intervention each) {
    if (!each.hook().equals(hook)) {
      return each;
    }
    return new Intervention(
        hook,
        all -> {
          FloatRows edited = each.edit().apply(part(all));
          if (edited.rows() != all.rows() || edited.width() != width) {
            throw new IllegalArgumentException(
                "intervention at %s: returned %s, expected %d × %d"
                    .formatted(hook, edited, all.rows(), width));
          }
          return with(all, edited);
        });
  }

  @Override
  public String name() {
    return model.name();
  }

  @Override
  public ModelFacts facts() {
    return model.facts();
  }

  @Override
  public List<String> notes() {
    return model.notes();
  }

  @Override
  public Tokenizer tokenizer() {
    return model.tokenizer();
  }

  @Override
  public List<HookPoint> hookPoints() {
    return model.hookPoints();
  }

  @Override
  public int width(HookPoint at) {
    return at.equals(hook) ? width : model.width(at);
  }

  @Override
  public int contextLength() {
    return model.contextLength();
  }

  @Override
  public String device() {
    return model.device();
  }

  @Override
  public int tokensAtOnce() {
    return model.tokensAtOnce();
  }

  @Override
  public int modelWidth() {
    return model.modelWidth();
  }

  @Override
  public int vocabularySize() {
    return model.vocabularySize();
  }

  @Override
  public boolean scoresTokens() {
    return model.scoresTokens();
  }

  @Override
  public Map<HookPoint, FloatRows> capture(TokenBatch tokensBT, Collection<HookPoint> hooks) {
    return parts(model.capture(tokensBT, hooks));
  }

  @Override
  public FloatRows logits(TokenBatch tokensBT, List<Intervention> interventions) {
    return model.logits(tokensBT, inWhole(interventions));
  }

  @Override
  public Continuation resume(
      TokenBatch tokensBT, HookPoint at, FloatRows activations, Collection<HookPoint> later) {
    Continuation there = model.resume(tokensBT, at, inWhole(at, tokensBT, activations), later);
    return new Continuation(there.logitsBTxV(), parts(there.later()));
  }

  @Override
  public Map<HookPoint, FloatRows> advance(
      TokenBatch tokensBT, HookPoint at, FloatRows activations, Collection<HookPoint> later) {
    return parts(model.advance(tokensBT, at, inWhole(at, tokensBT, activations), later));
  }

  @Override
  public FloatRows gradient(
      TokenBatch tokensBT, HookPoint at, FloatRows activations, Continuation gradients) {
    Map<HookPoint, FloatRows> later = new LinkedHashMap<>();
    gradients
        .later()
        .forEach(
            (each, rows) ->
                later.put(
                    each,
                    each.equals(hook)
                        ? with(FloatRows.zeros(rows.rows(), model.width(hook)), rows)
                        : rows));
    FloatRows gradient =
        model.gradient(
            tokensBT,
            at,
            inWhole(at, tokensBT, activations),
            new Continuation(gradients.logitsBTxV(), later));
    return at.equals(hook) ? part(gradient) : gradient;
  }

  @Override
  public FloatRows unembed(FloatRows directionsFxD) {
    return model.unembed(directionsFxD);
  }

  @Override
  public int[] generate(int[] prompt, Sampling sampling, List<Intervention> interventions) {
    return model.generate(prompt, sampling, inWhole(interventions));
  }

  @Override
  public String generate(String prompt, Sampling sampling, List<Intervention> interventions) {
    return model.generate(prompt, sampling, inWhole(interventions));
  }

  @Override
  public void close() {
    model.close();
  }
}
