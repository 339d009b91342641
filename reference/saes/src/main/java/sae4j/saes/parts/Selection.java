// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import java.util.Arrays;
import java.util.Optional;
import sae4j.saes.Activation;
import sae4j.tensor.Tensor;

/// Which k pre-activations of a token become its codes.
public enum Selection {
  /// z = ReLU(TopK(pre)).
  ABOVE_ZERO {
    @Override
    public Activation activation(int k) {
      return new Activation.TopK(k);
    }

    @Override
    public Tensor codes(Tensor preActivationsBF, int k) {
      return preActivationsBF.topK(k);
    }
  },
  /// z = TopK(pre): those below 0 that are among the k largest stay.
  LARGEST {
    @Override
    public Activation activation(int k) {
      return new Activation.SignedTopK(k);
    }

    @Override
    public Tensor codes(Tensor preActivationsBF, int k) {
      return preActivationsBF.largest(k);
    }
  },
  /// z = pre where |pre| is among the k largest of the token, else 0.
  LARGEST_MAGNITUDE {
    @Override
    public Activation activation(int k) {
      return new Activation.AbsTopK(k);
    }

    @Override
    public Tensor codes(Tensor preActivationsBF, int k) {
      return preActivationsBF.whereActive(preActivationsBF.detach().abs().topK(k));
    }
  };

  /// The one whose codes have such an architecture's name; empty if none has.
  public static Optional<Selection> named(String architecture) {
    return Arrays.stream(values())
        .filter(selection -> selection.activation(1).architecture().equals(architecture))
        .findFirst();
  }

  /// What the codes are.
  public abstract Activation activation(int k);

  /// The codes of pre-activations, B×F. Their gradient is that of the pre-activations where they
  /// are active. Among equals the lowest column wins; [#LARGEST] takes the highest of equals
  /// below 0.
  public abstract Tensor codes(Tensor preActivationsBF, int k);
}
