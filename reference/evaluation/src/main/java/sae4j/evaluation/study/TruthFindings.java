// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;
import sae4j.evaluation.detectors.Coverage;
import sae4j.evaluation.detectors.Detection;
import sae4j.evaluation.detectors.FeatureAbsorption;
import sae4j.evaluation.detectors.FeatureNames.FeatureName;
import sae4j.evaluation.detectors.LabelledFeatures;

/// What a [TruthStudy] found.
///
/// @param labelled the labels and the tokens that they were counted on
/// @param rows sets of detectors, the SAE's features first
/// @param names of the features that have one
/// @param probing sparse probing for each k; empty where nothing was probed
/// @param denseAccuracy mean accuracy of probes on the whole activation; NaN where nothing was
///     probed
/// @param absorption label by label; empty where nothing was probed
public record TruthFindings(
    LabelledTokens labelled,
    List<Row> rows,
    List<FeatureName> names,
    List<Probing> probing,
    double denseAccuracy,
    List<FeatureAbsorption.Case> absorption) {
  private static final JsonMapper JSON = new JsonMapper();

  /// One set of detectors.
  ///
  /// @param name for people
  /// @param detectors how many there are
  /// @param coverage of the labels by them
  public record Row(String name, int detectors, Coverage coverage) {}

  /// Sparse probing with k detectors for each label.
  ///
  /// @param features mean accuracy over labels of the SAE's features
  /// @param neurons of neurons
  public record Probing(int k, double features, double neurons) {}

  /// Copies the lists.
  public TruthFindings {
    rows = List.copyOf(rows);
    names = List.copyOf(names);
    probing = List.copyOf(probing);
    absorption = List.copyOf(absorption);
  }

  /// How many tokens have labels, in both halves.
  public int tokens() {
    return labelled.rows(Half.CHOOSING).length + labelled.rows(Half.HELD_OUT).length;
  }

  /// The features that have a name, for `labels.json`.
  public LabelledFeatures features() {
    return LabelledFeatures.of(names);
  }

  /// Everything but the features' names. Numbers that are not finite are null.
  ///
  /// @param sae what the SAE is called
  public ObjectNode asJson(String sae) {
    ObjectNode all = JSON.createObjectNode().put("sae", sae);
    all.put("tokens", tokens());
    all.put("files", labelled.files()).put("files_skipped", labelled.skippedFiles());
    all.put("f1_for_coverage", Coverage.COVERED);
    ArrayNode detectors = all.putArray("detectors");
    for (Row row : rows) {
      ObjectNode each = detectors.addObject().put("name", row.name).put("count", row.detectors);
      put(each, "coverage", row.coverage.coverage());
      put(each, "mean_f1", row.coverage.meanF1());
      put(each, "sae_leads_by", rows.getFirst().coverage.lead(row.coverage));
    }
    ArrayNode labels = all.putArray("labels");
    for (Detection best : rows.getFirst().coverage.best()) {
      ObjectNode each = labels.addObject();
      each.put("label", labelled.labels().get(best.label()).name());
      each.put("held_out_tokens", best.positives()).put("feature", best.detector());
      put(each, "f1", rows.getFirst().coverage.f1(best.label()));
      put(each, "precision", best.precision());
      put(each, "recall", best.recall());
    }
    if (!probing.isEmpty()) {
      probingAsJson(all);
    }
    return all;
  }

  /// As [#asJson], with the features' names.
  public ObjectNode asJsonWithFeatures(String sae) {
    ObjectNode all = asJson(sae);
    ArrayNode described = all.putArray("features");
    features().features().forEach(feature -> described.add(JSON.<JsonNode>valueToTree(feature)));
    return all;
  }

  private void probingAsJson(ObjectNode all) {
    ObjectNode sparse = all.putObject("probing_accuracy");
    put(sparse, "whole_activation", denseAccuracy);
    for (Probing each : probing) {
      put(sparse, "features_k" + each.k, each.features);
      put(sparse, "neurons_k" + each.k, each.neurons);
    }
    ArrayNode cases = all.putArray("absorption");
    for (FeatureAbsorption.Case each : absorption) {
      ObjectNode described = cases.addObject();
      described.put("label", labelled.labels().get(each.special()).name());
      described.put("within", labelled.labels().get(each.general()).name());
      described.put("tokens", each.tokens());
      ArrayNode main = described.putArray("main_features");
      each.mainFeatures().forEach(main::add);
      put(described, "silent", each.silent());
      put(described, "full_absorption", each.full());
      put(described, "absorption_fraction", each.fraction());
      described.put("absorber", each.absorber());
    }
  }

  private static void put(ObjectNode object, String key, Coverage.Estimate estimate) {
    put(object, key, estimate.value());
    put(object, key + "_low", estimate.low());
    put(object, key + "_high", estimate.high());
  }

  private static void put(ObjectNode object, String key, double value) {
    if (Double.isFinite(value)) {
      object.put(key, value);
    } else {
      object.putNull(key);
    }
  }
}
