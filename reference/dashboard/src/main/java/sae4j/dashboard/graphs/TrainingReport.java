// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.util.List;
import java.util.Map;
import sae4j.dashboard.drawing.HtmlPage;

/// A training run as a page: how it ended, its curves, what it was made with.
///
/// @param name of the run
/// @param end how it ended
/// @param moments how it went, at least one
public record TrainingReport(String name, End end, List<TrainingMoment> moments) {

  /// The last numbers of a run; losses and L0 are means over its last batches.
  ///
  /// @param steps taken
  /// @param loss what is minimised
  /// @param l0 mean number of active features a token
  /// @param explainedVariance 1 − E‖x̂ − x‖² / (E‖x‖² − ‖E x‖²)
  /// @param deadFraction dead features, as a fraction of F
  public record End(
      long steps, double loss, double l0, double explainedVariance, double deadFraction) {

    /// In a sentence.
    public String summary() {
      return ("after %,d steps: loss %.4g, L0 %.1f, explained variance %.4f,"
              + " %.1f %% of the features dead")
          .formatted(steps, loss, l0, explainedVariance, 100 * deadFraction);
    }
  }

  /// The page.
  ///
  /// @param sections further tables of names and values by their headings, in this order
  /// @param files what is beside the page: paths by what they are called
  public HtmlPage page(Map<String, Map<String, String>> sections, Map<String, String> files) {
    HtmlPage page =
        new HtmlPage("Training of " + name, end.summary())
            .links(files)
            .pictures(new TrainingCurves(moments).pictures());
    sections.forEach((heading, pairs) -> page.heading(heading).pairs(pairs));
    return page;
  }
}
