// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.toy;

/// The world of a toy model and how the model is trained.
///
/// @param features G, true features of the world
/// @param hidden D, dimensions the model has for them
/// @param probability with which each feature is present in an example, independently of the others
/// @param steps of Adam
/// @param batch examples a step
/// @param learningRate η, falling to 0 over the run
/// @param seed decides everything
public record ToySettings(
    int features,
    int hidden,
    double probability,
    int steps,
    int batch,
    double learningRate,
    long seed) {

  /// The same with another seed.
  public ToySettings withSeed(long other) {
    return new ToySettings(features, hidden, probability, steps, batch, learningRate, other);
  }
}
