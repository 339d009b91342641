// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// The gradient of ONNX Runtime's `MatMulNBits`, y = x · Wᵀ + bias, with respect to x: g · W. The
/// weights W, [N, K], are numbers of 2, 4 or 8 bits in blocks, W = (q − zero) · scale, and are
/// constants.
///
/// Several numbers share a byte, the first in its lowest bits. A row of blocks is padded to whole
/// blocks, and a row of zeros to whole bytes. Without zeros a zero is half of the range.
///
/// `accuracy_level` 4 lets the operator round x to 8 bits as well. A derivative of that rounding is
/// 0 almost everywhere, so this is the gradient of the product before it, as is usual.
final class QuantizedProduct {
  private final Backward back;
  private final Steps steps;
  private final Node node;
  private final long bits;
  private final long rows;
  private final long columns;
  private final long block;
  private final long blocks;

  QuantizedProduct(Backward back, Node node) {
    this.back = back;
    this.steps = back.steps();
    this.node = node;
    bits = node.intValue("bits", 4);
    rows = node.intValue("N", 0);
    columns = node.intValue("K", 0);
    block = node.intValue("block_size", 0);
    Unfused.only(node, "bits", "N", "K", "block_size", "accuracy_level", "weight_prepacked");
    Unfused.neutral(node, "weight_prepacked", 0);
    Unfused.without(node, 4, "g_idx");
    if (Long.SIZE % bits != 0 || bits > Byte.SIZE || block < 1) {
      throw Unfused.refusal(node, "attributes bits = " + bits + ", block_size = " + block);
    }
    blocks = Math.ceilDiv(columns, block);
  }

  /// g · W.
  ///
  /// @param g [.., N]
  /// @return [.., K]
  String gradient(String g) {
    // The weights are taken apart in each run. As a constant the runtime would do it once and keep
    // W in float32, eight times the size of the file.
    String late = steps.times(steps.number(steps.size(g, -1)), steps.int64(0));
    String whole = steps.op("Add", steps.int64List(rows, blocks, -1), late);
    String bytes = steps.op("Reshape", node.inputs().get(1), whole);
    String numbers = steps.regroup(digits(bytes), rows, blocks, block);
    String scales = steps.regroup(steps.floats(node.inputs().get(2)), rows, blocks, 1);
    String weights = steps.times(steps.op("Sub", numbers, zeros()), scales);
    String flat = steps.regroup(weights, rows, blocks * block);
    String used =
        blocks * block == columns
            ? flat
            : steps.op(
                "Slice", flat, steps.int64List(0), steps.int64List(columns), steps.int64List(1));
    return steps.op("MatMul", g, steps.op("CastLike", used, g));
  }

  /// Zeros of the blocks, broadcast over [N, blocks, block].
  private String zeros() {
    @Nullable String given = Unfused.input(node, 3);
    if (given == null) {
      return steps.scalar(1 << (bits - 1));
    }
    GraphWeight constant = back.weight(given);
    if (constant == null || constant.type() != ElementType.UINT8) {
      return steps.regroup(steps.floats(given), rows, blocks, 1);
    }
    String padded = steps.regroup(digits(steps.regroup(given, rows, -1)), rows, -1);
    String used =
        steps.op("Slice", padded, steps.int64List(0), steps.int64List(blocks), steps.int64List(1));
    return steps.regroup(used, rows, blocks, 1);
  }

  /// The numbers in bytes, along a new last axis, in float32, which holds them exactly.
  private String digits(String bytes) {
    int count = (int) (Byte.SIZE / bits);
    String left = steps.floats(bytes);
    String base = steps.scalar(1 << bits);
    String[] digits = new String[count];
    for (int i = 0; i < count; i++) {
      String rest = steps.op("Floor", steps.op("Div", left, base));
      String digit = steps.op("Sub", left, steps.times(rest, base));
      digits[i] = steps.op("Unsqueeze", digit, steps.int64List(-1));
      left = rest;
    }
    return steps.along("Concat", -1, digits);
  }
}
