package sae4j.training;

/// How a coefficient changes over a run: linearly up from 0 during the warm-up, then constant, then
/// linearly down to a tenth over the last part (SAELens' `lr_warm_up_steps`, `lr_decay_steps`,
/// `lr_end`).
///
/// @param value the coefficient between warm-up and decay
/// @param warmupSteps steps until it is reached; the first step gets value/warmupSteps
/// @param decaySteps steps at the end of the run over which it falls
/// @param totalSteps the length of the run
public record Schedule(double value, long warmupSteps, long decaySteps, long totalSteps) {
  private static final double END_FRACTION = 0.1;

  /// The same value throughout, after a warm-up.
  public static Schedule warmup(double value, long warmupSteps) {
    return new Schedule(value, warmupSteps, 0, Long.MAX_VALUE);
  }

  /// The coefficient of a step.
  ///
  /// @param step from 0
  public double at(long step) {
    double up = warmupSteps == 0 ? 1 : Math.min(1, (step + 1) / (double) warmupSteps);
    double left = decaySteps == 0 ? 1 : Math.min(1, (totalSteps - step) / (double) decaySteps);
    return value * Math.min(up, END_FRACTION + (1 - END_FRACTION) * left);
  }
}
