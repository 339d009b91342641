package sae4j.training;

import java.util.SequencedMap;
import sae4j.tensor.Tensor;

/// A sparse autoencoder: an encoder to codes, a decoder back, and the objective it is trained on.
/// Parameters have the names and shapes of SAELens: `W_enc` D×F, `b_enc` 1×F, `W_dec` F×D, `b_dec`
/// 1×D, and what an architecture adds.
public interface Sae {
  /// The name under [Architectures], which is also the one in files.
  String architecture();

  /// All parameters, by name.
  SequencedMap<String, Tensor> parameters();

  /// The codes of activations, B×D to B×F.
  Tensor encode(Tensor activationsBD);

  /// The reconstruction from codes, B×F to B×D.
  Tensor decode(Tensor codesBF);

  /// What training minimises, on one batch.
  ///
  /// @param activationsBD a batch
  /// @param sparsityCoefficient λ; architectures that fix their sparsity otherwise ignore it
  Objective objective(Tensor activationsBD, double sparsityCoefficient);

  /// Whether the encoder takes x − b_dec instead of x.
  default boolean subtractsDecoderBias() {
    return false;
  }

  /// A parameter that every SAE or this architecture has.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  default Tensor parameter(String name) {
    Tensor parameter = parameters().get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(
          "a %s SAE has no parameter '%s', only %s"
              .formatted(architecture(), name, parameters().keySet()));
    }
    return parameter;
  }

  /// D, the width of an activation.
  default int activationDim() {
    return parameter("W_dec").columns();
  }

  /// F, the number of features.
  default int dictSize() {
    return parameter("W_dec").rows();
  }
}
