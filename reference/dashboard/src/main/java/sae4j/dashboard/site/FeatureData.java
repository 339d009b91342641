// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import sae4j.dashboard.Companion;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.FeaturePage.Sequence;
import sae4j.dashboard.Histogram;
import sae4j.dashboard.LogitEffects;
import sae4j.dashboard.LogitEffects.TokenEffect;
import sae4j.dashboard.Similar;

/// A feature's page as the site's scripts read it. Repeated structures are arrays whose positions
/// have a meaning, which the scripts document.
///
/// @param tokens collects the texts of tokens
record FeatureData(TokenStrings tokens) {
  void write(JsonGenerator json, FeaturePage page) throws IOException {
    json.writeStartObject();
    json.writeNumberField("feature", page.feature());
    json.writeNumberField("active", page.summary().active());
    number(json, "max", page.summary().max());
    number(json, "mean", page.summary().sum() / Math.max(1, page.summary().active()));
    number(json, "norm", page.decoderNorm());
    json.writeFieldName("histogram");
    histogram(json, page.summary().histogram());
    pairs(json, "nearest", page.nearest());
    pairs(json, "neurons", page.neurons());
    json.writeArrayFieldStart("companions");
    for (Companion companion : page.companions()) {
      json.writeStartArray();
      json.writeNumber(companion.feature());
      DataScript.number(json, companion.correlation());
      DataScript.number(json, companion.together());
      json.writeEndArray();
    }
    json.writeEndArray();
    LogitEffects logits = page.logits();
    if (logits != null) {
      effects(json, "positive", logits.positive());
      effects(json, "negative", logits.negative());
      json.writeFieldName("logits");
      histogram(json, logits.histogram());
    }
    json.writeFieldName("top");
    sequences(json, page.top());
    json.writeArrayFieldStart("intervals");
    for (FeaturePage.Interval interval : page.intervals()) {
      json.writeStartArray();
      DataScript.number(json, interval.from());
      DataScript.number(json, interval.to());
      DataScript.number(json, interval.share());
      sequences(json, interval.sequences());
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, double value) throws IOException {
    json.writeFieldName(name);
    DataScript.number(json, value);
  }

  private static void histogram(JsonGenerator json, Histogram histogram) throws IOException {
    json.writeStartArray();
    DataScript.number(json, histogram.from());
    DataScript.number(json, histogram.to());
    json.writeArray(histogram.counts(), 0, histogram.counts().length);
    json.writeEndArray();
  }

  private static void pairs(JsonGenerator json, String name, List<Similar> pairs)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (Similar pair : pairs) {
      json.writeStartArray();
      json.writeNumber(pair.index());
      DataScript.number(json, pair.value());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void effects(JsonGenerator json, String name, List<TokenEffect> effects)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (TokenEffect effect : effects) {
      json.writeStartArray();
      json.writeNumber(tokens.number(effect.token()));
      DataScript.number(json, effect.effect());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void sequences(JsonGenerator json, List<Sequence> sequences) throws IOException {
    json.writeStartArray();
    for (Sequence sequence : sequences) {
      json.writeStartArray();
      json.writeNumber(sequence.excerpt().document());
      json.writeNumber(sequence.excerpt().peak());
      json.writeStartArray();
      for (String token : sequence.excerpt().tokens()) {
        json.writeNumber(tokens.number(token));
      }
      json.writeEndArray();
      json.writeStartArray();
      for (int i = 0; i < sequence.activations().length; i++) {
        if (sequence.activations()[i] != 0) {
          json.writeNumber(i);
          DataScript.number(json, sequence.activations()[i]);
        }
      }
      json.writeEndArray();
      json.writeEndArray();
    }
    json.writeEndArray();
  }
}
