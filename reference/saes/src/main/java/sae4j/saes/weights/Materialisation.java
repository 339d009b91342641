// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import sae4j.saes.Activation;
import sae4j.saes.Architectures;
import sae4j.saes.InModelUnits;
import sae4j.saes.Normalisation;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.TrainableSae;
import sae4j.saes.parts.StandardSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Weights as an SAE that computes. Scales and decoder norms are folded into its parameters, so
/// that it takes activations as they are. Where the decoder is the encoder, nothing can be folded,
/// and scales stay around it.
public final class Materialisation {
  private final SaeWeights weights;
  private final Backend backend;

  private Materialisation(SaeWeights given, Backend backend) {
    Folding folding = new Folding(given);
    if (given.activation().hasEncoder()) {
      folding.scales().decoderNorms();
    }
    if (given.transcoder()) {
      // b_dec belongs to the output there, which is another hook point
      folding.subtraction(false);
      if (given.normalisation() != Normalisation.NONE) {
        throw new InexpressibleException(
            ("this %s cannot be computed with: it normalises each token, which cannot be undone at"
                    + " another hook point; convert it only")
                .formatted(given.kind()));
      }
    }
    this.weights = folding.weights();
    this.backend = backend;
  }

  /// The SAE that weights are.
  ///
  /// @throws InexpressibleException if no SAE computes what they say
  public static Sae of(SaeWeights weights, Backend backend) {
    return new Materialisation(weights, backend).sae();
  }

  private Sae sae() {
    Sae sae =
        switch (weights.activation()) {
          case Activation.Own own -> remade(own);
          case Activation.Relu _,
              Activation.TopK _,
              Activation.SignedTopK _,
              Activation.AbsTopK _,
              Activation.BatchTopK _,
              Activation.Matryoshka _,
              Activation.JumpRelu _,
              Activation.Gated _ ->
              new StandardSae(
                  weights.architecture(),
                  weights.hooks(),
                  weights.activation(),
                  weights.subtractsDecoderBias(),
                  tensors());
        };
    return InModelUnits.of(sae, weights.units());
  }

  private SequencedMap<String, Tensor> tensors() {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, Weight> each : weights.tensors().entrySet()) {
      Weight weight = inMemory(weights, each.getKey(), each.getValue());
      tensors.put(
          each.getKey(),
          Tensor.parameter(
              backend, weight.rows(), weight.columns(), (row, column) -> weight.at(row, column)));
    }
    return tensors;
  }

  /// A fresh SAE of an architecture with codes of its own, given the weights.
  private Sae remade(Activation.Own own) {
    SaeOptions options = new SaeOptions(own.architecture(), weights.features(), own.settings());
    TrainableSae sae = Architectures.create(weights.hooks(), options, backend, 0);
    fill(sae, weights);
    return sae;
  }

  /// Gives an SAE weights in its own units. A skip connection that the weights do not have becomes
  /// 0, which is none.
  ///
  /// @param sae modified; has the tensors that the weights have, in the same shapes
  public static void fill(TrainableSae sae, SaeWeights weights) {
    for (Parameter parameter : sae.parameters()) {
      Tensor tensor = parameter.tensor();
      Backend backend = tensor.backend();
      float[] values =
          parameter.role() == Role.SKIP && !weights.hasSkip()
              ? new float[tensor.rows() * tensor.columns()]
              : inMemory(weights, parameter.name(), weights.tensor(parameter.name())).values();
      backend.assign(tensor.storage(), backend.upload(tensor.rows(), tensor.columns(), values));
    }
  }

  private static Weight inMemory(SaeWeights weights, String name, Weight weight) {
    if (weights.role(name) == Role.SKIP) {
      return weight.transposed();
    }
    return switch (weights.activation()) {
      // A negative threshold lets through what ReLU then cuts off, so it acts as 0.
      case Activation.JumpRelu _, Activation.BatchTopK _, Activation.Matryoshka _ ->
          name.equals("threshold") ? weight.with((value, one, f) -> Math.max(value, 0)) : weight;
      case Activation.Relu _,
          Activation.TopK _,
          Activation.SignedTopK _,
          Activation.AbsTopK _,
          Activation.Gated _,
          Activation.Own _ ->
          weight;
    };
  }
}
