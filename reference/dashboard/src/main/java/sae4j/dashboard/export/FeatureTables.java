// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.export;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import sae4j.dashboard.Companion;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.FeaturePage.Interval;
import sae4j.dashboard.FeaturePage.Sequence;
import sae4j.dashboard.Histogram;
import sae4j.dashboard.LogitEffects;
import sae4j.dashboard.LogitEffects.TokenEffect;
import sae4j.dashboard.Similar;

/// The fields of a feature that have the same names in SAEDashboard and Neuronpedia.
final class FeatureTables {
  private static final int PLACES = 5;

  private FeatureTables() {}

  /// Activations of one sequence, and the group it was drawn for.
  ///
  /// @param from lower end of the group's range; −1 for the strongest sequences
  /// @param to upper end
  /// @param share of the active tokens in the range; −1 for the strongest sequences
  record Row(Sequence sequence, double from, double to, double share) {}

  /// The sequences of a feature: the strongest first, then those of each interval.
  static List<Row> rows(FeaturePage page) {
    List<Row> rows = new ArrayList<>();
    page.top().forEach(each -> rows.add(new Row(each, -1, page.summary().max(), -1)));
    for (Interval interval : page.intervals()) {
      interval
          .sequences()
          .forEach(
              each -> rows.add(new Row(each, interval.from(), interval.to(), interval.share())));
    }
    return rows;
  }

  static void write(JsonGenerator json, FeaturePage page) throws IOException {
    indices(json, "neuron_alignment_indices", page.neurons(), Similar::index);
    numbers(json, "neuron_alignment_values", page.neurons(), Similar::value);
    double l1 = page.decoderL1() == 0 ? 1 : page.decoderL1();
    numbers(json, "neuron_alignment_l1", page.neurons(), each -> Math.abs(each.value()) / l1);
    // Correlations with single neurons say little in a residual stream because its basis is
    // arbitrary.
    for (String part : List.of("indices", "pearson", "l1")) {
      indices(json, "correlated_neurons_" + part, List.<Similar>of(), Similar::index);
    }
    indices(json, "correlated_features_indices", page.companions(), Companion::feature);
    numbers(json, "correlated_features_pearson", page.companions(), Companion::correlation);
    numbers(json, "correlated_features_l1", page.companions(), Companion::cosine);
    LogitEffects logits = page.logits();
    effects(json, "neg", logits == null ? List.of() : logits.negative());
    effects(json, "pos", logits == null ? List.of() : logits.positive());
    json.writeNumberField("frac_nonzero", page.summary().density());
    histogram(json, "freq", page.summary().active() == 0 ? null : page.summary().histogram());
    histogram(json, "logits", logits == null ? null : logits.histogram());
    json.writeArrayFieldStart("decoder_weights_dist");
    json.writeEndArray();
    json.writeFieldName("vector");
    numbers(json, page.decoder());
  }

  static void activations(JsonGenerator json, Sequence sequence) throws IOException {
    json.writeArrayFieldStart("tokens");
    for (String token : sequence.excerpt().tokens()) {
      // Databases refuse this one character.
      json.writeString(token.replace('\0', ' '));
    }
    json.writeEndArray();
    json.writeFieldName("values");
    numbers(json, sequence.activations());
  }

  private static void effects(JsonGenerator json, String side, List<TokenEffect> effects)
      throws IOException {
    json.writeArrayFieldStart(side + "_str");
    for (TokenEffect effect : effects) {
      json.writeString(effect.token().replace('\0', ' '));
    }
    json.writeEndArray();
    numbers(json, side + "_values", effects, TokenEffect::effect);
  }

  private static void histogram(JsonGenerator json, String name, @Nullable Histogram histogram)
      throws IOException {
    json.writeArrayFieldStart(name + "_hist_data_bar_heights");
    for (int count : histogram == null ? new int[0] : histogram.counts()) {
      json.writeNumber(count);
    }
    json.writeEndArray();
    json.writeArrayFieldStart(name + "_hist_data_bar_values");
    for (double middle : histogram == null ? new double[0] : histogram.middles()) {
      number(json, middle);
    }
    json.writeEndArray();
  }

  private static <T> void indices(
      JsonGenerator json, String name, List<T> entries, ToIntFunction<T> index) throws IOException {
    json.writeArrayFieldStart(name);
    for (T entry : entries) {
      json.writeNumber(index.applyAsInt(entry));
    }
    json.writeEndArray();
  }

  private static <T> void numbers(
      JsonGenerator json, String name, List<T> entries, ToDoubleFunction<T> value)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (T entry : entries) {
      number(json, value.applyAsDouble(entry));
    }
    json.writeEndArray();
  }

  private static void numbers(JsonGenerator json, float[] values) throws IOException {
    json.writeStartArray();
    for (float value : values) {
      number(json, value);
    }
    json.writeEndArray();
  }

  /// A number rounded to five decimals, as the tools do.
  static void number(JsonGenerator json, double value) throws IOException {
    if (value == 0 || !Double.isFinite(value)) {
      json.writeNumber(0);
    } else {
      json.writeNumber(
          BigDecimal.valueOf(value).setScale(PLACES, RoundingMode.HALF_EVEN).stripTrailingZeros());
    }
  }
}
