// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.evaluation.TokensInContext;
import sae4j.models.FloatRows;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;

/// The pages of an SAE's features on a text, made from codes that were stored while the text was
/// read.
///
/// Memory holds the text, two arrays of eight bytes per token, the decoder vectors, and one block
/// of pages. The codes are on disk, twice. Pages do not depend on the number of threads.
public final class Dashboard implements AutoCloseable {
  private final StoredCodes byToken;
  private final StoredCodes byFeature;
  private final TokensInContext text;
  private final @Nullable LanguageModel model;
  private final Plan plan;
  private final Geometry geometry;
  private final List<ActivationSummary> summaries;

  /// @param sae the SAE with these features
  /// @param byToken the SAE's codes of the text; closed with the dashboard
  /// @param text the token of each row of the codes
  /// @param model for the effects on the next token; null leaves them out. Used by one thread
  /// @param scratch a folder with room for the codes once more
  /// @throws IllegalArgumentException if codes, text and SAE do not match
  public Dashboard(
      Sae sae,
      StoredCodes byToken,
      TokensInContext text,
      @Nullable LanguageModel model,
      Plan plan,
      Path scratch)
      throws IOException {
    if (byToken.rows() != text.tokens().size() || byToken.columns() != sae.dictSize()) {
      throw new IllegalArgumentException(
          ("dashboard: codes of %d tokens × %d features for a text of %d tokens and an SAE of "
                  + "%d features")
              .formatted(byToken.rows(), byToken.columns(), text.tokens().size(), sae.dictSize()));
    }
    if (byToken.rows() == 0) {
      throw new IllegalArgumentException("dashboard: there are no tokens; give some text");
    }
    this.byToken = byToken;
    this.text = text;
    this.model = model;
    this.plan = plan;
    this.geometry = new Geometry(sae);
    this.byFeature = byToken.transposed(scratch);
    this.summaries =
        IntStream.range(0, sae.dictSize())
            .parallel()
            .mapToObj(feature -> ActivationSummary.of(byFeature, feature))
            .toList();
  }

  /// F.
  public int features() {
    return summaries.size();
  }

  /// Statistics of the activations of every feature.
  public List<ActivationSummary> summaries() {
    return summaries;
  }

  /// The codes of the text.
  public StoredCodes codes() {
    return byToken;
  }

  /// The text that was read.
  public TokensInContext text() {
    return text;
  }

  /// How much is shown.
  public Plan plan() {
    return plan;
  }

  /// Whether pages show effects on the next token.
  public boolean hasLogits() {
    return model != null;
  }

  /// The pages of some features.
  ///
  /// @param first from 0
  /// @param count how many; their decoders' cosines with all others are held at once, 8·count·F
  ///     bytes, and their logits, 8·count·V bytes
  public List<FeaturePage> pages(int first, int count) {
    List<List<Similar>> nearest = geometry.nearest(first, count, plan.related());
    List<LogitEffects> logits = model == null ? List.of() : logits(model, first, count);
    ThreadLocal<Companion.Counter> counters =
        ThreadLocal.withInitial(() -> new Companion.Counter(byToken, byFeature, summaries));
    return IntStream.range(0, count)
        .parallel()
        .mapToObj(
            i -> {
              int feature = first + i;
              Samples samples = Samples.of(byFeature, summaries.get(feature), feature, plan, text);
              return new FeaturePage(
                  feature,
                  summaries.get(feature),
                  geometry.cosine(feature),
                  geometry.decoder(feature),
                  geometry.norm(feature),
                  geometry.l1Norm(feature),
                  geometry.neurons(feature, plan.related()),
                  nearest.get(i),
                  counters.get().of(feature, plan.related()),
                  logits.isEmpty() ? null : logits.get(i),
                  sequences(feature, samples.top()),
                  intervals(feature, samples));
            })
        .toList();
  }

  private List<LogitEffects> logits(LanguageModel model, int first, int count) {
    List<FloatRows> decoders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] decoder = geometry.decoder(first + i);
      decoders.add(new FloatRows(1, decoder.length, decoder));
    }
    return LogitEffects.of(model, FloatRows.concatenated(decoders), plan.related());
  }

  private List<FeaturePage.Sequence> sequences(int feature, List<Integer> rows) {
    return rows.stream()
        .map(
            row -> {
              Excerpt excerpt = Excerpt.around(text, row, plan.before(), plan.after());
              return new FeaturePage.Sequence(excerpt, excerpt.activations(byToken, feature));
            })
        .toList();
  }

  private List<FeaturePage.Interval> intervals(int feature, Samples samples) {
    return samples.intervals().stream()
        .map(
            interval ->
                new FeaturePage.Interval(
                    interval.from(),
                    interval.to(),
                    interval.share(),
                    sequences(feature, interval.rows())))
        .toList();
  }

  @Override
  public void close() {
    byFeature.close();
    byToken.close();
  }
}
