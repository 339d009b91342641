// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;
import sae4j.tensor.Tensor;

/// An SAE that takes the model's activations, around one that knows [Units] of its own.
///
/// ```
/// z = encode(u(x))          x̂ = y⁻¹(reconstruct(z, u(x)))
/// ```
///
/// Where each token is normalised by itself, the codes alone do not tell the token's scale: then
/// [#decode] stays in the SAE's own units, and only [#reconstruct] with the activations at hand
/// returns to those of the model.
///
/// @param within reads and writes its own units
/// @param units how these relate to the model's
public record InModelUnits(Sae within, Units units) implements Sae {

  /// @throws IllegalArgumentException if each token is to be normalised by itself but the outputs
  ///     are not the inputs, so that what was done to the one cannot be undone on the other
  public InModelUnits {
    if (units.normalisation() != Normalisation.NONE && !within.hooks().reconstructsInput()) {
      throw new IllegalArgumentException(
          "normalisation %s is undone on the output, but the %s SAE predicts another hook point"
              .formatted(units.normalisation(), within.architecture()));
    }
  }

  /// An SAE in the model's units: itself where its own are the same.
  public static Sae of(Sae within, Units units) {
    return units.areTheModels() ? within : new InModelUnits(within, units);
  }

  @Override
  public String architecture() {
    return within.architecture();
  }

  @Override
  public Hooks hooks() {
    return within.hooks();
  }

  @Override
  public Activation activation() {
    return within.activation();
  }

  @Override
  public List<Parameter> parameters() {
    return within.parameters();
  }

  @Override
  public boolean subtractsDecoderBias() {
    return within.subtractsDecoderBias();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return within.encode(units.read(hooks(), activationsBD));
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    Tensor decodedBD = within.decode(codesBF);
    return units.normalisation() == Normalisation.NONE
        ? units.undo(hooks(), decodedBD, decodedBD)
        : decodedBD;
  }

  @Override
  public Tensor reconstruct(Tensor codesBF, Tensor activationsBD) {
    Tensor readBD = units.read(hooks(), activationsBD);
    return units.undo(hooks(), within.reconstruct(codesBF, readBD), activationsBD);
  }

  @Override
  public Tensor outputScale(Tensor activationsBD) {
    return units.outputScale(hooks(), activationsBD);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
