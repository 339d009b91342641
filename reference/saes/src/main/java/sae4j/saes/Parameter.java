// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import sae4j.tensor.Tensor;

/// A tensor that takes part in what an SAE computes.
///
/// Saving, folding scales, resampling dead features and beginning from a trained SAE go by the role
/// and never by the name, so that they serve architectures which they do not know.
///
/// @param name in files and in messages, as SAELens calls it
/// @param tensor its values, on the SAE's backend
/// @param role what its axes are
public record Parameter(String name, Tensor tensor, Role role) {

  /// An axis of a matrix.
  public enum Axis {
    ROWS,
    COLUMNS,
    NONE
  }

  /// What the axes of a parameter are, and so how it changes with the units of the activations.
  ///
  /// Entry d along the input axis is per unit of input d. Entry d along the output axis is in units
  /// of output d.
  public enum Role {
    /// W_enc, D×F: what is read becomes pre-activations.
    ENCODER(Axis.COLUMNS, Axis.ROWS, Axis.NONE, true),
    /// b_enc, 1×F: added to pre-activations. A revived feature begins with 0.
    ENCODER_BIAS(Axis.COLUMNS, Axis.NONE, Axis.NONE, true),
    /// 1×F: any other number that each feature has, as a threshold. A revived feature begins with
    /// what a fresh SAE has there.
    FEATURE(Axis.COLUMNS, Axis.NONE, Axis.NONE, true),
    /// W_dec, F×D: codes become what is reconstructed.
    DECODER(Axis.ROWS, Axis.NONE, Axis.COLUMNS, true),
    /// b_dec, 1×D: what is reconstructed without codes.
    DECODER_BIAS(Axis.NONE, Axis.NONE, Axis.COLUMNS, true),
    /// W_skip, D×D_out: a linear path around the codes.
    SKIP(Axis.NONE, Axis.ROWS, Axis.COLUMNS, true),
    /// 1×1: one threshold for all features, which training moves without a gradient.
    RUNNING_THRESHOLD(Axis.NONE, Axis.NONE, Axis.NONE, false);

    private final Axis features;
    private final Axis input;
    private final Axis output;
    private final boolean learned;

    Role(Axis features, Axis input, Axis output, boolean learned) {
      this.features = features;
      this.input = input;
      this.output = output;
      this.learned = learned;
    }

    /// The axis along which each feature has its own numbers.
    public Axis features() {
      return features;
    }

    /// The axis of what is read.
    public Axis input() {
      return input;
    }

    /// The axis of what is reconstructed.
    public Axis output() {
      return output;
    }

    /// Whether an optimiser moves it.
    public boolean learned() {
      return learned;
    }

    /// Whether it has two axes. All others are vectors or a single number.
    public boolean matrix() {
      return this == ENCODER || this == DECODER || this == SKIP;
    }
  }
}
