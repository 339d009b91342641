// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.writing;

import java.util.List;
import java.util.Map;
import sae4j.backends.onnxruntime.families.parts.Activation;
import sae4j.backends.onnxruntime.families.parts.Linear;
import sae4j.backends.onnxruntime.families.parts.Mlp;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// Writes MLPs.
final class MlpWriter {
  private final TransformerGraph t;
  private final GraphBuilder graph;

  MlpWriter(TransformerGraph t) {
    this.t = t;
    this.graph = t.graph();
  }

  /// @param block the beginning of the names of all tensors that this makes
  /// @param x what the MLP reads, [B, T, D]
  /// @return what it gives, [B, T, D]
  String write(int layer, String block, String x, Mlp mlp) throws FormatException {
    String output = block + "mlp.out";
    String post = block + "mlp.hook_post";
    return switch (mlp) {
      case Mlp.Plain(Linear in, Activation activation, Linear out) -> {
        t.activation(post, t.linear(block + "mlp.hook_pre", x, in), activation);
        yield t.linear(output, t.hook(layer, Site.MLP_POST, post, in.out()), out);
      }
      case Mlp.Gated gated -> {
        gated(block + "mlp.", post, x, gated);
        yield t.linear(
            output, t.hook(layer, Site.MLP_POST, post, gated.gate().out()), gated.down());
      }
      case Mlp.JointGated(Linear joint, Activation activation, Linear down) -> {
        int hidden = joint.out() / 2;
        List<String> parts =
            graph.split(
                t.linear(block + "mlp.both", x, joint),
                List.of(block + "mlp.hook_pre", block + "mlp.hook_pre_linear"),
                hidden,
                hidden);
        String act = t.activation(block + "mlp.act", parts.getFirst(), activation);
        graph.op("Mul", post, act, parts.getLast());
        yield t.linear(output, t.hook(layer, Site.MLP_POST, post, hidden), down);
      }
      case Mlp.Experts experts -> experts(block + "mlp.", output, x, experts);
    };
  }

  private String gated(String label, String output, String x, Mlp.Gated gated)
      throws FormatException {
    String gate = t.linear(label + "hook_pre", x, gated.gate());
    String up = t.linear(label + "hook_pre_linear", x, gated.up());
    return graph.op("Mul", output, t.activation(label + "act", gate, gated.activation()), up);
  }

  private String experts(String label, String output, String x, Mlp.Experts mixture)
      throws FormatException {
    int count = mixture.experts().size();
    String shape = graph.op("Shape", label + "shape", x);
    String rows = graph.op("Reshape", label + "rows", x, graph.longs(-1, mixture.router().in()));
    String probabilities =
        graph.op(
            "Softmax",
            label + "probabilities",
            Map.of("axis", new Attribute.IntValue(-1)),
            t.linear(label + "router", rows, mixture.router()));
    String chosen = chosen(label, probabilities, mixture.chosen());
    String weights = graph.op("Mul", label + "chosen_probabilities", probabilities, chosen);
    if (mixture.normalised()) {
      String sum =
          graph.op(
              "ReduceSum",
              label + "sum",
              Map.of("keepdims", new Attribute.IntValue(1)),
              weights,
              graph.longs(-1));
      weights = graph.op("Div", label + "weights", weights, sum);
    }
    String total =
        graph.op(
            "ConstantOfShape", label + "nothing", graph.op("Shape", label + "rows_shape", rows));
    for (int e = 0; e < count; e++) {
      Mlp.Gated expert = mixture.experts().get(e);
      String own = label + "expert_" + e + ".";
      String mine = column(own + "mine", chosen, e);
      String hits =
          graph.op(
              "Squeeze",
              own + "hits",
              graph.op(
                  "NonZero",
                  own + "places",
                  graph.op("Squeeze", own + "mask", mine, graph.longs(1))),
              graph.longs(0));
      String read = graph.op("Gather", own + "read", rows, hits);
      String wide = gated(own, own + "hook_post", read, expert);
      String given = t.linear(own + "given", wide, expert.down());
      String share = graph.op("Gather", own + "share", column(own + "weight", weights, e), hits);
      total =
          graph.op(
              "ScatterND",
              own + "total",
              Map.of("reduction", new Attribute.Text("add")),
              total,
              graph.op("Unsqueeze", own + "rows", hits, graph.longs(1)),
              graph.op("Mul", own + "weighted", given, share));
    }
    return graph.op("Reshape", output, total, shape);
  }

  /// 1 for the `count` largest of each row, 0 for the others. Of equal ones the first are chosen.
  private String chosen(String label, String probabilities, int count) {
    String largest = label + "largest";
    String indices = label + "largest.indices";
    graph.add(
        new Node(
            "TopK",
            "",
            largest,
            List.of(probabilities, graph.longs(count)),
            List.of(largest, indices),
            Map.of("axis", new Attribute.IntValue(-1)),
            Map.of()));
    String zeros =
        graph.op(
            "ConstantOfShape",
            label + "none",
            graph.op("Shape", label + "probabilities_shape", probabilities));
    Map<String, Attribute> one =
        Map.of("value", new Attribute.Constant(GraphWeight.floats("one", new long[] {1}, 1)));
    String ones =
        graph.op(
            "ConstantOfShape",
            label + "ones",
            one,
            graph.op("Shape", label + "indices_shape", indices));
    return graph.op(
        "ScatterElements",
        label + "chosen",
        Map.of("axis", new Attribute.IntValue(1)),
        zeros,
        indices,
        ones);
  }

  private String column(String output, String matrix, int index) {
    return graph.op(
        "Slice", output, matrix, graph.longs(index), graph.longs(index + 1L), graph.longs(1));
  }
}
