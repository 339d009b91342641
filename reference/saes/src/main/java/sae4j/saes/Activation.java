// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import sae4j.saes.Parameter.Role;

/// What turns pre-activations into sparse codes, apart from how it was trained.
///
/// Every switch over this type names all of its kinds, so that the compiler shows what a new kind
/// has yet to be given.
public sealed interface Activation {

  /// z = ReLU(pre).
  record Relu() implements Activation {}

  /// z = ReLU of the k largest pre-activations of a token.
  ///
  /// @param k active features a token
  record TopK(int k) implements Activation {}

  /// z = TopK(pre), without a ReLU: a pre-activation below 0 stays where it is among the k largest
  /// of a token.
  ///
  /// @param k codes a token
  record SignedTopK(int k) implements Activation {}

  /// z = pre where |pre| is among the k largest of a token, else 0.
  ///
  /// @param k codes a token
  record AbsTopK(int k) implements Activation {}

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

  /// Codes that only their architecture's own code computes. Our own format keeps such an SAE, and
  /// every other refuses it.
  ///
  /// @param architecture its name
  /// @param settings what a fresh SAE of the architecture is made from, beside its sizes
  /// @param roles its parameters by name
  record Own(String architecture, Map<String, String> settings, SequencedMap<String, Role> roles)
      implements Activation {
    public Own {
      settings = Map.copyOf(settings);
      roles = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(roles));
    }
  }

  /// The name of the architecture that has it, as in [Architectures].
  default String architecture() {
    return switch (this) {
      case Relu _ -> "relu";
      case TopK _ -> "topk";
      case SignedTopK _ -> "signed-topk";
      case AbsTopK _ -> "abs-topk";
      case BatchTopK _ -> "batchtopk";
      case Matryoshka _ -> "matryoshka";
      case JumpRelu _ -> "jumprelu";
      case Gated _ -> "gated";
      case Own own -> own.architecture;
    };
  }

  /// Whether codes may be below 0 in an SAE that others know: with codes of its own, nobody knows.
  default boolean signed() {
    return switch (this) {
      case SignedTopK _, AbsTopK _ -> true;
      case Relu _, TopK _, BatchTopK _, Matryoshka _, JumpRelu _, Gated _, Own _ -> false;
    };
  }

  /// Whether there is an encoder apart from the decoder.
  default boolean hasEncoder() {
    return roles().containsValue(Role.ENCODER);
  }

  /// The parameters of an SAE with these codes by name, without a skip connection, in the order in
  /// which files keep them.
  default SequencedMap<String, Role> roles() {
    if (this instanceof Own own) {
      return own.roles();
    }
    SequencedMap<String, Role> roles = new LinkedHashMap<>();
    roles.put("W_enc", Role.ENCODER);
    if (this instanceof Gated) {
      roles.put("b_gate", Role.ENCODER_BIAS);
      roles.put("b_mag", Role.FEATURE);
      roles.put("r_mag", Role.FEATURE);
    } else {
      roles.put("b_enc", Role.ENCODER_BIAS);
    }
    roles.put("W_dec", Role.DECODER);
    roles.put("b_dec", Role.DECODER_BIAS);
    switch (this) {
      case JumpRelu _ -> roles.put("threshold", Role.FEATURE);
      case BatchTopK _, Matryoshka _ -> roles.put("threshold", Role.RUNNING_THRESHOLD);
      case Relu _, TopK _, SignedTopK _, AbsTopK _, Gated _, Own _ -> {}
    }
    return roles;
  }
}
