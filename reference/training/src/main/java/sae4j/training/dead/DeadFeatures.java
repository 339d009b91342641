// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.dead;

/// When a feature counts as dead, and what is done about it. Auxiliary losses that revive features
/// are an architecture's own setting.
///
/// @param afterSteps steps without activity after which a feature is dead
/// @param resampleEvery steps between two [Resampling]s; 0 for none
public record DeadFeatures(long afterSteps, long resampleEvery) {
  /// A thousand steps, as in SAELens, and nothing is done.
  public static final DeadFeatures STANDARD = new DeadFeatures(1000, 0);
}
