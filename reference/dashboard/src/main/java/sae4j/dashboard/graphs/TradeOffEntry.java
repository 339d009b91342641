// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.util.Map;
import sae4j.evaluation.splice.Estimate;

/// One trained SAE of a [TradeOffReport].
///
/// @param architecture its name
/// @param sparsity what sets its sparsity, as `k=32`
/// @param metrics what was measured of it, by the keys of [sae4j.evaluation.splice.LossMetric]
/// @param deadFraction features that were dead when training ended, as a fraction of F
public record TradeOffEntry(
    String architecture, String sparsity, Map<String, Estimate> metrics, double deadFraction) {
  private static final Estimate NOT_MEASURED = new Estimate(Double.NaN, Double.NaN, Double.NaN, 0);

  /// Copies the map.
  public TradeOffEntry {
    metrics = Map.copyOf(metrics);
  }

  /// A metric with its interval; not a number where it was not measured.
  public Estimate estimate(String key) {
    return metrics.getOrDefault(key, NOT_MEASURED);
  }

  /// A metric; not a number where it was not measured.
  public double value(String key) {
    return estimate(key).value();
  }

  /// Its place in the picture.
  TradeOffPoint point() {
    return new TradeOffPoint(
        architecture,
        value("l0"),
        value("explained_variance"),
        value("loss_recovered_mean_ablation"));
  }
}
