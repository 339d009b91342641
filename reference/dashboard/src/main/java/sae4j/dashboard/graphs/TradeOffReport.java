// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.util.List;
import java.util.Map;
import sae4j.dashboard.drawing.HtmlPage;
import sae4j.dashboard.drawing.HtmlPage.Cell;
import sae4j.dashboard.drawing.Picture;
import sae4j.evaluation.splice.Estimate;

/// Several SAEs in one trade-off of sparsity against fidelity: as a picture, as a page and as a
/// table for other programs.
///
/// @param summary on what they were measured, in one line
/// @param entries the SAEs, at least one
/// @param made how they were made, for the page: names and values
/// @param folders where each SAE is, beside the page; those that are not in it have no link
/// @param files what else is beside the page: paths by what they are called
public record TradeOffReport(
    String summary,
    List<TradeOffEntry> entries,
    Map<String, String> made,
    Map<TradeOffEntry, String> folders,
    Map<String, String> files) {
  private static final String TITLE = "Sparsity against fidelity";
  private static final List<String> COLUMNS =
      List.of(
          "l0",
          "explained_variance",
          "loss_recovered_mean_ablation",
          "loss_recovered_zero_ablation",
          "kl",
          "loss_clean",
          "loss_sae");

  /// Copies the list.
  public TradeOffReport {
    entries = List.copyOf(entries);
  }

  /// L0 against Loss Recovered and against explained variance.
  public Picture picture() {
    return new TradeOffPicture(entries).picture(TITLE, summary);
  }

  /// The picture with its numbers below it.
  public HtmlPage page() {
    return new HtmlPage(TITLE, summary)
        .pictures(new TradeOffPicture(entries).panels())
        .heading("The SAEs")
        .table(
            List.of(
                "architecture",
                "sparsity",
                "L0",
                "explained variance",
                "loss recovered, mean",
                "loss recovered, zero",
                "KL, nats",
                "dead"),
            entries.stream().map(this::cells).toList())
        .links(files)
        .heading("How they were made")
        .pairs(made);
  }

  private List<Cell> cells(TradeOffEntry entry) {
    String l0 = "%.1f".formatted(entry.value("l0"));
    return List.of(
        new Cell(entry.architecture(), folders.getOrDefault(entry, ""), false),
        Cell.of(entry.sparsity()),
        entry.missesTarget() ? new Cell(l0 + ", target missed", "", true) : Cell.of(l0),
        withInterval(entry.estimate("explained_variance")),
        withInterval(entry.estimate("loss_recovered_mean_ablation")),
        withInterval(entry.estimate("loss_recovered_zero_ablation")),
        Cell.of(measured("%.4f", entry.value("kl"))),
        Cell.of(measured("%.1f %%", 100 * entry.deadFraction())));
  }

  /// A dash stands for what was not measured.
  private static String measured(String format, double value) {
    return Double.isFinite(value) ? format.formatted(value) : "–";
  }

  private static Cell withInterval(Estimate estimate) {
    return Cell.of(
        Double.isFinite(estimate.value())
            ? "%.4f [%.4f, %.4f]".formatted(estimate.value(), estimate.low(), estimate.high())
            : "–");
  }

  /// A row for each SAE, comma-separated, with 95 % intervals. A number that is not finite is
  /// `null`.
  public String csv() {
    StringBuilder csv = new StringBuilder("architecture,sparsity");
    COLUMNS.forEach(column -> csv.append(",%s,%s_low,%s_high".formatted(column, column, column)));
    csv.append(",dead_fraction\n");
    for (TradeOffEntry entry : entries) {
      csv.append(entry.architecture()).append(',').append(entry.sparsity());
      for (String column : COLUMNS) {
        Estimate estimate = entry.estimate(column);
        csv.append(',').append(number(estimate.value()));
        csv.append(',').append(number(estimate.low()));
        csv.append(',').append(number(estimate.high()));
      }
      csv.append(',').append(number(entry.deadFraction())).append('\n');
    }
    return csv.toString();
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }
}
