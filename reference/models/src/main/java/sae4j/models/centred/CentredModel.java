// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.centred;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.ModelFacts;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;
import sae4j.models.Tokenizer;

/// A model whose weights that write into the residual stream are centred, as TransformerLens does
/// it with `center_writing_weights`: what each of them writes has mean 0 over the model's width.
///
/// At every hook point of the residual stream, a centred activation is the model's own less its
/// mean: the embedding and each block write sums of such vectors. Every reader of the stream is a
/// layer norm, which takes the mean out itself, so nothing behind a hook point changes but by
/// rounding.
public final class CentredModel implements LanguageModel {
  private final LanguageModel model;

  private CentredModel(LanguageModel model) {
    this.model = model;
  }

  /// Whether centring changes nothing else in a model: whether its norms take the mean out. Its
  /// final norm is tried: of a constant vector it then leaves nothing. A model without a head
  /// cannot be told.
  public static boolean isEqualTo(LanguageModel model) {
    if (!model.scoresTokens()) {
      return false;
    }
    FloatRows constant = FloatRows.zeros(1, model.modelWidth());
    Arrays.fill(constant.values(), 1f);
    for (float score : model.unembed(constant).values()) {
      if (score != 0) {
        return false;
      }
    }
    return true;
  }

  /// Centres a model; closing it closes the model.
  ///
  /// @throws IllegalArgumentException if its norms keep the mean
  public static CentredModel of(LanguageModel model) {
    if (!isEqualTo(model)) {
      throw new IllegalArgumentException(
          model.name() + " has norms that keep the mean of an activation; it cannot be centred");
    }
    return new CentredModel(model);
  }

  /// Each row less its mean, where the hook point is one of the residual stream.
  private static FloatRows centred(HookPoint hook, FloatRows rows) {
    if (!hook.site().isOfStream()) {
      return rows;
    }
    float[] values = rows.values().clone();
    int width = rows.width();
    for (int row = 0; row < rows.rows(); row++) {
      double sum = 0;
      for (int d = 0; d < width; d++) {
        sum += values[row * width + d];
      }
      double mean = sum / width;
      for (int d = 0; d < width; d++) {
        values[row * width + d] = (float) (values[row * width + d] - mean);
      }
    }
    return new FloatRows(rows.rows(), width, values);
  }

  private static Map<HookPoint, FloatRows> centred(Map<HookPoint, FloatRows> rows) {
    Map<HookPoint, FloatRows> centred = new LinkedHashMap<>();
    rows.forEach((hook, each) -> centred.put(hook, centred(hook, each)));
    return centred;
  }

  private static List<Intervention> onCentred(List<Intervention> interventions) {
    return interventions.stream()
        .map(
            each ->
                new Intervention(
                    each.hook(), rows -> each.edit().apply(centred(each.hook(), rows))))
        .toList();
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
  public int width(HookPoint hook) {
    return model.width(hook);
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
  public Map<HookPoint, FloatRows> capture(TokenBatch tokensBT, Collection<HookPoint> hooks) {
    return centred(model.capture(tokensBT, hooks));
  }

  @Override
  public FloatRows logits(TokenBatch tokensBT, List<Intervention> interventions) {
    return model.logits(tokensBT, onCentred(interventions));
  }

  @Override
  public Continuation resume(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Collection<HookPoint> later) {
    Continuation there = model.resume(tokensBT, hook, activationsBTxD, later);
    return new Continuation(there.logitsBTxV(), centred(there.later()));
  }

  @Override
  public Map<HookPoint, FloatRows> advance(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Collection<HookPoint> later) {
    return centred(model.advance(tokensBT, hook, activationsBTxD, later));
  }

  @Override
  public FloatRows gradient(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Continuation gradients) {
    // Centring is a symmetric matrix, so its transpose centres the gradient.
    return model.gradient(
        tokensBT,
        hook,
        activationsBTxD,
        new Continuation(gradients.logitsBTxV(), centred(gradients.later())));
  }

  @Override
  public FloatRows unembed(FloatRows directionsFxD) {
    return model.unembed(directionsFxD);
  }

  @Override
  public int[] generate(int[] prompt, Sampling sampling, List<Intervention> interventions) {
    return model.generate(prompt, sampling, onCentred(interventions));
  }

  @Override
  public String generate(String prompt, Sampling sampling, List<Intervention> interventions) {
    return model.generate(prompt, sampling, onCentred(interventions));
  }

  @Override
  public void close() {
    model.close();
  }
}
