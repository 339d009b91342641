package sae4j.saes;

import java.util.List;

/// What turns pre-activations into sparse codes.
public sealed interface Activation {

  /// z = ReLU(pre).
  record Relu() implements Activation {}

  /// z = ReLU of the k largest pre-activations of a token.
  ///
  /// @param k active features a token
  record TopK(int k) implements Activation {}

  /// Trained with the k·B largest of a batch; used as z = ReLU(pre)·1[pre > θ], one θ for all
  /// features, a negative θ being one that training has not set yet.
  ///
  /// @param k active features a token, on average
  record BatchTopK(int k) implements Activation {}

  /// [BatchTopK], trained with nested dictionaries.
  ///
  /// @param groups the number of features that each dictionary has beyond the one before
  record Matryoshka(int k, List<Integer> groups) implements Activation {
    public Matryoshka {
      groups = List.copyOf(groups);
    }
  }

  /// z = ReLU(pre)·1[pre > θ], with a θ for each feature.
  record JumpRelu() implements Activation {}

  /// z = 1[gate > 0]·ReLU(magnitude), both from the same encoder: gate = x·W_enc + b_gate,
  /// magnitude = e^r_mag·(x·W_enc) + b_mag.
  record Gated() implements Activation {}

  /// The name of the architecture that has it, as in [sae4j.saes.Architectures].
  default String architecture() {
    return switch (this) {
      case Relu relu -> "relu";
      case TopK topK -> "topk";
      case BatchTopK batchTopK -> "batchtopk";
      case Matryoshka matryoshka -> "matryoshka";
      case JumpRelu jumpRelu -> "jumprelu";
      case Gated gated -> "gated";
    };
  }
}
