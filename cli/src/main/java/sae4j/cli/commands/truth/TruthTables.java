// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.truth;

import java.util.Comparator;
import java.util.stream.IntStream;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Table;
import sae4j.evaluation.detectors.Coverage;
import sae4j.evaluation.detectors.Detection;
import sae4j.evaluation.detectors.FeatureAbsorption;
import sae4j.evaluation.detectors.FeatureNames.FeatureName;
import sae4j.evaluation.detectors.FeatureNames.Meaning;
import sae4j.evaluation.study.TruthFindings;

/// What `sae truth` found, in tables.
///
/// @param show labels and features in each
record TruthTables(Console console, TruthFindings findings, int show) {

  /// Says what there is to judge by.
  static void announce(Console console, LabelledTokens labelled) {
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

  /// Prints all of them.
  void print() {
    printCoverage();
    printLabels();
    printFeatures();
    if (!findings.probing().isEmpty()) {
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
    Coverage first = findings.rows().getFirst().coverage();
    for (TruthFindings.Row row : findings.rows()) {
      Coverage.Estimate coverage = row.coverage().coverage();
      Coverage.Estimate meanF1 = row.coverage().meanF1();
      Coverage.Estimate lead = first.lead(row.coverage());
      boolean itself = row.coverage() == first;
      table.row(
          row.name(),
          "%,d".formatted(row.detectors()),
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
    Coverage coverage = findings.rows().getFirst().coverage();
    IntStream.range(0, findings.labelled().labels().size())
        .boxed()
        .sorted(Comparator.comparingDouble(label -> -coverage.best().get(label).f1()))
        .limit(show)
        .forEach(
            label -> {
              Detection best = coverage.best().get(label);
              Coverage.Estimate f1 = coverage.f1(label);
              table.row(
                  findings.labelled().labels().get(label).spoken(),
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
    long detecting =
        findings.names().stream().filter(name -> name.meaning() == Meaning.DETECTS).count();
    console.print("");
    console.print(
        "%,d of %,d features are named after a label they detect, %,d after one they are a part of"
            .formatted(
                detecting,
                findings.rows().getFirst().detectors(),
                findings.names().size() - detecting));
    findings.names().stream()
        .sorted(Comparator.comparingDouble((FeatureName name) -> -name.judged().f1()))
        .limit(show)
        .forEach(name -> console.print("  feature %d: %s".formatted(name.feature(), name.text())));
  }

  private void printProbing() {
    Table table = Table.withColumns(">k", ">features", ">neurons");
    for (TruthFindings.Probing each : findings.probing()) {
      table.row(
          "%d".formatted(each.k()),
          "%.3f".formatted(each.features()),
          "%.3f".formatted(each.neurons()));
    }
    console.print("");
    console.print(
        "sparse probing: mean accuracy over labels, on balanced samples (chance 0.5); a probe on"
            + " the"
            + " whole activation has %.3f".formatted(findings.denseAccuracy()));
    table.printTo(console.out());
  }

  private void printAbsorption() {
    Table table =
        Table.withColumns(
            "label", "of", ">tokens", ">silent", ">absorbed", ">fraction", ">by feature");
    findings.absorption().stream()
        .sorted(Comparator.comparingDouble((FeatureAbsorption.Case each) -> -each.full()))
        .limit(show)
        .forEach(
            each ->
                table.row(
                    findings.labelled().labels().get(each.special()).spoken(),
                    findings.labelled().labels().get(each.general()).spoken(),
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
                findings.absorption().size(),
                percent(
                    findings.absorption().stream().mapToDouble(c -> c.full()).average().orElse(0)),
                findings.absorption().stream().mapToDouble(c -> c.fraction()).average().orElse(0)));
    table.printTo(console.out());
  }
}
