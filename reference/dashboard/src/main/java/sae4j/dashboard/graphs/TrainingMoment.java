package sae4j.dashboard.graphs;

import java.util.List;

/// How a run stood after a step; numbers are means over the batches since the moment before.
///
/// @param step steps taken
/// @param loss what is minimised
/// @param l0 mean number of active features a token
/// @param explainedVariance 1 − E‖x̂ − x‖² / (E‖x‖² − ‖E x‖²)
/// @param deadFraction features not active in the last thousand steps, as a fraction of F
/// @param featuresByDensity how many features were active how often: see [#densityBin]
public record TrainingMoment(
    long step,
    double loss,
    double l0,
    double explainedVariance,
    double deadFraction,
    List<Integer> featuresByDensity) {
  /// Below the lowest bin: features that were never active.
  public static final int SILENT = 0;

  /// Bins of [#featuresByDensity]: silent ones, then half powers of ten up to "on every token".
  public static final int DENSITY_BINS = 12;

  /// log₁₀ of the density where bin 1 begins.
  public static final double LOWEST_LOG_DENSITY = -5.5;

  /// The bin of a feature.
  ///
  /// @param density the fraction of tokens on which it was active
  public static int densityBin(double density) {
    if (density == 0) {
      return SILENT;
    }
    int bin = 1 + (int) Math.floor((Math.log10(density) - LOWEST_LOG_DENSITY) * 2);
    return Math.clamp(bin, 1, DENSITY_BINS - 1);
  }
}
