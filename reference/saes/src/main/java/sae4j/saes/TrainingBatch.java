// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import sae4j.tensor.Tensor;

/// What one training step gives an objective to work with.
///
/// @param activationsBD what the encoder reads
/// @param targetsBD what the decoder is to reproduce: the same tensor, unless a transcoder trains
/// @param sparsityCoefficient λ of this step; architectures that fix their sparsity ignore it
/// @param deadF 1×F, 1 for each feature that has long not been active, else 0: for auxiliary losses
/// @param deadCount how many these are: while it is 0, auxiliary losses cost nothing
/// @param step the number of steps taken before this one
/// @param steps the length of the run
public record TrainingBatch(
    Tensor activationsBD,
    Tensor targetsBD,
    double sparsityCoefficient,
    Tensor deadF,
    int deadCount,
    long step,
    long steps) {

  /// A batch by itself, at the start of a run in which no feature is dead.
  ///
  /// @param features F
  public static TrainingBatch of(Tensor activationsBD, double sparsityCoefficient, int features) {
    Tensor deadF = Tensor.of(activationsBD.backend(), 1, features, new double[features]);
    return new TrainingBatch(activationsBD, activationsBD, sparsityCoefficient, deadF, 0, 0, 1);
  }

  /// B, the number of tokens.
  public int tokens() {
    return activationsBD.rows();
  }
}
