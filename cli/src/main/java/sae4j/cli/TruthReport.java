package sae4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.evaluation.detectors.Coverage;
import sae4j.evaluation.detectors.Detection;
import sae4j.evaluation.detectors.FeatureAbsorption;
import sae4j.evaluation.detectors.FeatureNames.FeatureName;
import sae4j.evaluation.detectors.FeatureNames.Meaning;
import sae4j.evaluation.detectors.LabelledFeatures;
import sae4j.evaluation.detectors.LabelledFeatures.LabelledFeature;

/// What `sae truth` found, for people and for machines. The SAE is the first of the rows.
final class TruthReport {
  /// One set of detectors.
  private record Row(String name, int detectors, Coverage coverage) {}

  private record Probing(int k, double features, double neurons) {}

  private final Console console;
  private final LabelledTokens labelled;
  private final String sae;
  private final int show;
  private final List<Row> rows = new ArrayList<>();
  private final List<Probing> probing = new ArrayList<>();
  private List<FeatureName> names = List.of();
  private List<FeatureAbsorption.Case> absorption = List.of();
  private double denseAccuracy = Double.NaN;

  TruthReport(Console console, LabelledTokens labelled, String sae, int show) {
    this.console = console;
    this.labelled = labelled;
    this.sae = sae;
    this.show = show;
  }

  /// Says what there is to judge by.
  void says() {
    console.say(
        "%,d labels on %,d tokens of %,d files, half of them held out%s"
            .formatted(
                labelled.labels().size(),
                labelled.rows(Half.CHOOSING).length + labelled.rows(Half.HELD_OUT).length,
                labelled.files(),
                labelled.skippedFiles() == 0
                    ? ""
                    : "; %,d files left out, which Java's compiler cannot parse"
                        .formatted(labelled.skippedFiles())));
  }

  void add(String name, int detectors, Coverage coverage) {
    rows.add(new Row(name, detectors, coverage));
  }

  void names(List<FeatureName> found) {
    names = found;
  }

  void ceiling(int probes, Coverage coverage, double[] accuracies) {
    rows.add(new Row("linear probes (ceiling)", probes, coverage));
    denseAccuracy = mean(accuracies);
  }

  void probing(int k, double[] features, double[] neurons) {
    probing.add(new Probing(k, mean(features), mean(neurons)));
  }

  void absorption(List<FeatureAbsorption.Case> cases) {
    absorption = cases;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  /// The features that have a name.
  List<LabelledFeature> features() {
    return LabelledFeatures.of(names).features();
  }

  // ------------------------------------------------------------------------------------ for people

  void print() {
    printCoverage();
    printLabels();
    printFeatures();
    if (!probing.isEmpty()) {
      printProbing();
      printAbsorption();
    }
  }

  private void printCoverage() {
    Table table =
        Table.withColumns(
            "detectors",
            ">number",
            ">coverage",
            "95 % of draws",
            ">mean F1",
            "95 % of draws",
            ">SAE leads by",
            "95 % of draws");
    Coverage first = rows.getFirst().coverage;
    for (Row row : rows) {
      Coverage.Estimate coverage = row.coverage.coverage();
      Coverage.Estimate meanF1 = row.coverage.meanF1();
      Coverage.Estimate lead = first.lead(row.coverage);
      boolean itself = row.coverage == first;
      table.row(
          row.name,
          "%,d".formatted(row.detectors),
          percent(coverage.value()),
          percent(coverage.low()) + " to " + percent(coverage.high()),
          "%.3f".formatted(meanF1.value()),
          "%.3f to %.3f".formatted(meanF1.low(), meanF1.high()),
          itself ? "" : percent(lead.value()),
          itself ? "" : percent(lead.low()) + " to " + percent(lead.high()));
    }
    table.printTo(console.out());
    console.print(
        "coverage: labels whose best detector, chosen with its threshold on half of the files, has"
            + " F1 ≥ %.1f on the others; draws of held-out files".formatted(Coverage.COVERED));
  }

  private static String percent(double fraction) {
    return "%.1f %%".formatted(100 * fraction);
  }

  private void printLabels() {
    Table table =
        Table.withColumns(
            "label", ">tokens", ">feature", ">F1", "95 % of draws", ">precision", ">recall");
    Coverage coverage = rows.getFirst().coverage;
    IntStream.range(0, labelled.labels().size())
        .boxed()
        .sorted(Comparator.comparingDouble(label -> -coverage.best().get(label).f1()))
        .limit(show)
        .forEach(
            label -> {
              Detection best = coverage.best().get(label);
              Coverage.Estimate f1 = coverage.f1(label);
              table.row(
                  labelled.labels().get(label).spoken(),
                  "%,d".formatted(best.positives()),
                  "%d".formatted(best.detector()),
                  "%.3f".formatted(f1.value()),
                  "%.3f to %.3f".formatted(f1.low(), f1.high()),
                  "%.3f".formatted(best.precision()),
                  "%.3f".formatted(best.recall()));
            });
    console.print("");
    table.printTo(console.out());
  }

  private void printFeatures() {
    long detecting = names.stream().filter(name -> name.meaning() == Meaning.DETECTS).count();
    console.print("");
    console.print(
        "%,d of %,d features are named after a label they detect, %,d after one they are a part of"
            .formatted(detecting, rows.getFirst().detectors, names.size() - detecting));
    names.stream()
        .sorted(Comparator.comparingDouble((FeatureName name) -> -name.judged().f1()))
        .limit(show)
        .forEach(name -> console.print("  feature %d: %s".formatted(name.feature(), name.text())));
  }

  private void printProbing() {
    Table table = Table.withColumns(">k", ">features", ">neurons");
    for (Probing each : probing) {
      table.row(
          "%d".formatted(each.k), "%.3f".formatted(each.features), "%.3f".formatted(each.neurons));
    }
    console.print("");
    console.print(
        "sparse probing: mean accuracy over labels, on balanced samples (chance 0.5); a probe on"
            + " the"
            + " whole activation has %.3f".formatted(denseAccuracy));
    table.printTo(console.out());
  }

  private void printAbsorption() {
    Table table =
        Table.withColumns(
            "label", "of", ">tokens", ">silent", ">absorbed", ">fraction", ">by feature");
    absorption.stream()
        .sorted(Comparator.comparingDouble((FeatureAbsorption.Case each) -> -each.full()))
        .limit(show)
        .forEach(
            each ->
                table.row(
                    labelled.labels().get(each.special()).spoken(),
                    labelled.labels().get(each.general()).spoken(),
                    "%,d".formatted(each.tokens()),
                    percent(each.silent()),
                    percent(each.full()),
                    "%.3f".formatted(each.fraction()),
                    each.absorber() < 0 ? "" : "%d".formatted(each.absorber())));
    console.print("");
    console.print(
        ("absorption: %,d labels within others; mean full absorption %s, mean absorption fraction"
                + " %.3f")
            .formatted(
                absorption.size(),
                percent(absorption.stream().mapToDouble(c -> c.full()).average().orElse(0)),
                absorption.stream().mapToDouble(c -> c.fraction()).average().orElse(0)));
    table.printTo(console.out());
  }

  // ---------------------------------------------------------------------------------- for machines

  /// Everything but the features' names.
  ObjectNode asJson() {
    ObjectNode all = Json.object().put("sae", sae);
    all.put("tokens", labelled.rows(Half.CHOOSING).length + labelled.rows(Half.HELD_OUT).length);
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
      Json.put(each, "precision", best.precision());
      Json.put(each, "recall", best.recall());
    }
    if (!probing.isEmpty()) {
      probingAsJson(all);
    }
    return all;
  }

  private void probingAsJson(ObjectNode all) {
    ObjectNode sparse = all.putObject("probing_accuracy");
    Json.put(sparse, "whole_activation", denseAccuracy);
    for (Probing each : probing) {
      Json.put(sparse, "features_k" + each.k, each.features);
      Json.put(sparse, "neurons_k" + each.k, each.neurons);
    }
    ArrayNode cases = all.putArray("absorption");
    for (FeatureAbsorption.Case each : absorption) {
      ObjectNode described = cases.addObject();
      described.put("label", labelled.labels().get(each.special()).name());
      described.put("within", labelled.labels().get(each.general()).name());
      described.put("tokens", each.tokens());
      ArrayNode main = described.putArray("main_features");
      each.mainFeatures().forEach(main::add);
      Json.put(described, "silent", each.silent());
      Json.put(described, "full_absorption", each.full());
      Json.put(described, "absorption_fraction", each.fraction());
      described.put("absorber", each.absorber());
    }
  }

  private static void put(ObjectNode object, String key, Coverage.Estimate estimate) {
    Json.put(object, key, estimate.value());
    Json.put(object, key + "_low", estimate.low());
    Json.put(object, key + "_high", estimate.high());
  }

  /// Everything.
  ObjectNode whole() {
    ObjectNode all = asJson();
    ArrayNode features = all.putArray("features");
    features().forEach(feature -> features.add(Json.of(feature)));
    return all;
  }
}
