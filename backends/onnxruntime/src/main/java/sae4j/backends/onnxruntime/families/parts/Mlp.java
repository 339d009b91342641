// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import java.util.List;

/// What a block computes of each token alone.
public sealed interface Mlp {
  /// out(act(in(x))).
  record Plain(Linear in, Activation activation, Linear out) implements Mlp {}

  /// down(act(gate(x)) ⊙ up(x)) ([Shazeer 2020](https://arxiv.org/abs/2002.05202)).
  record Gated(Linear gate, Linear up, Activation activation, Linear down) implements Mlp {}

  /// As [Gated], with both maps of x in one matrix, the gate's rows first.
  record JointGated(Linear gateAndUp, Activation activation, Linear down) implements Mlp {}

  /// A mixture of experts: Σ weightₑ · expertₑ(x) over the experts to which the router gives the
  /// highest probabilities, softmax(router(x)). The weights are these probabilities. Only the
  /// tokens that chose an expert are given to it.
  ///
  /// @param router from x to a score for each expert
  /// @param experts all of them
  /// @param chosen how many a token is given to
  /// @param normalised whether the weights of a token are divided by their sum
  record Experts(Linear router, List<Gated> experts, int chosen, boolean normalised)
      implements Mlp {}
}
