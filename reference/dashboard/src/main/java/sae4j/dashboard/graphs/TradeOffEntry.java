// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

import java.util.Map;
import sae4j.evaluation.splice.Estimate;

/// One trained SAE of a [TradeOffReport].
///
/// @param architecture its name
/// @param sparsity what sets its sparsity, as `k=32`; `l0=32` is a target
/// @param metrics what was measured of it, by the keys of [sae4j.evaluation.splice.LossMetric]
/// @param deadFraction features that were dead when training ended, as a fraction of F
public record TradeOffEntry(
    String architecture, String sparsity, Map<String, Estimate> metrics, double deadFraction) {
  private static final String TARGET = "l0=";
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

  /// The L0 that it was to reach; not a number where its sparsity is set otherwise.
  double targetL0() {
    return sparsity.startsWith(TARGET)
        ? Double.parseDouble(sparsity.substring(TARGET.length()))
        : Double.NaN;
  }

  /// Whether its L0 is further from the target than a tenth of it.
  boolean missesTarget() {
    return Math.abs(value("l0") - targetL0()) > targetL0() / 10;
  }
}
