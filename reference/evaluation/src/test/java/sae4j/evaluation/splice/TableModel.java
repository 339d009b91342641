// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.models.LanguageModel;
import sae4j.models.ModelFacts;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;

/// A model of two tables: each token's activation is a row of the first, its logits are their
/// product with the second. The letters `a` to `d` are tokens 1 to 4, and 0 starts a document.
///
/// @param embeddingVD what a token becomes at the only hook
/// @param unembeddingDV how that turns into scores
/// @param contextLength T
record TableModel(float[][] embeddingVD, float[][] unembeddingDV, int contextLength)
    implements LanguageModel {
  static final HookPoint HOOK = HookPoint.residPost(0);

  @Override
  public String name() {
    return "two tables";
  }

  @Override
  public Tokenizer tokenizer() {
    return new Letters();
  }

  @Override
  public List<HookPoint> hookPoints() {
    return List.of(HOOK);
  }

  @Override
  public ModelFacts facts() {
    return new ModelFacts("table", 1, 0, 2L * modelWidth() * vocabularySize());
  }

  @Override
  public int width(HookPoint hook) {
    return modelWidth();
  }

  @Override
  public int modelWidth() {
    return unembeddingDV.length;
  }

  @Override
  public int vocabularySize() {
    return embeddingVD.length;
  }

  @Override
  public Map<HookPoint, FloatRows> capture(TokenBatch tokensBT, Collection<HookPoint> hooks) {
    FloatRows rows = FloatRows.zeros(tokensBT.rows(), modelWidth());
    for (int row = 0; row < rows.rows(); row++) {
      System.arraycopy(
          embeddingVD[tokensBT.id(row)], 0, rows.values(), row * rows.width(), rows.width());
    }
    return new LinkedHashMap<>(Map.of(HOOK, rows));
  }

  @Override
  public FloatRows logits(TokenBatch tokensBT, List<Intervention> interventions) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Continuation resume(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Collection<HookPoint> later) {
    FloatRows logits = FloatRows.zeros(tokensBT.rows(), vocabularySize());
    for (int row = 0; row < logits.rows(); row++) {
      for (int v = 0; v < logits.width(); v++) {
        for (int d = 0; d < modelWidth(); d++) {
          logits.values()[row * logits.width() + v] +=
              activationsBTxD.at(row, d) * unembeddingDV[d][v];
        }
      }
    }
    return new Continuation(logits);
  }

  @Override
  public FloatRows gradient(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Continuation gradients) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int[] generate(int[] prompt, Sampling sampling, List<Intervention> interventions) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

  private record Letters() implements Tokenizer {
    @Override
    public TokenizedText encode(String text) {
      return new TokenizedText(
          text.chars().map(letter -> letter - 'a' + 1).toArray(),
          IntStream.range(0, text.length()).toArray(),
          IntStream.rangeClosed(1, text.length()).toArray());
    }

    @Override
    public String decode(int... ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int vocabularySize() {
      return 5;
    }

    @Override
    public String vocabularyEntry(int id) {
      return String.valueOf((char) ('a' + id - 1));
    }

    @Override
    public OptionalInt documentStart() {
      return OptionalInt.of(0);
    }
  }
}
