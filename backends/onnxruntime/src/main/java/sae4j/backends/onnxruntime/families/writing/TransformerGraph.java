// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.writing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.parts.Activation;
import sae4j.backends.onnxruntime.families.parts.Linear;
import sae4j.backends.onnxruntime.families.parts.Linear.Layout;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.LanguageGraph.CacheTensor;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.files.FormatException;
import sae4j.models.HookPoint;
import sae4j.models.ModelFacts;

/// The graph of a decoder while it is written: its inputs, token positions, weights, linear maps,
/// norms, activation functions and hook points.
///
/// Tensors of the graph: B sequences, T new tokens, P tokens in the cache, S = P + T; H heads of
/// width W, G of them with keys and values of their own.
final class TransformerGraph {
  static final long OPSET = 20;
  private static final long IR_VERSION = 9;

  /// The number of all tokens, S, an int64 scalar.
  static final String ALL_TOKENS = "all_tokens";

  /// The positions of new tokens, T numbers of type int64.
  static final String POSITIONS = "positions";

  /// The mask by which a token sees itself and those before it, [T, S].
  static final String CAUSAL = "mask";

  private final GraphBuilder graph = new GraphBuilder();
  private final ModelWeights weights;
  private final TransformerSizes sizes;
  private final Precision precision;
  private final List<CacheTensor> cache = new ArrayList<>();
  private final SortedMap<HookPoint, HookTensor> hooks = new TreeMap<>();
  private final Set<String> counted = new HashSet<>();
  private long parameters;

  /// @param precision what products with matrices are taken in
  /// @param cached whether the graph takes and returns keys and values of earlier tokens
  TransformerGraph(
      ModelWeights weights, TransformerSizes sizes, Precision precision, boolean cached) {
    this.weights = weights;
    this.sizes = sizes;
    this.precision = precision;
    graph.input("input_ids", ElementType.INT64, "batch", "tokens");
    for (int layer = 0; cached && layer < sizes.layers(); layer++) {
      for (String part : List.of("key", "value")) {
        String past =
            graph.input(
                "past_key_values." + layer + "." + part,
                ElementType.FLOAT,
                "batch",
                Integer.toString(sizes.keyValueHeads()),
                "past",
                Integer.toString(sizes.headWidth()));
        cache.add(
            new CacheTensor(
                past, "present." + layer + "." + part, sizes.keyValueHeads(), sizes.headWidth()));
      }
    }
    String tokens =
        graph.op("Gather", "tokens", graph.op("Shape", "ids_shape", "input_ids"), graph.scalar(1));
    String past =
        cached
            ? graph.op(
                "Gather",
                "past_tokens",
                graph.op("Shape", "past_shape", cache.getFirst().past()),
                graph.scalar(2))
            : graph.scalar(0);
    graph.op("Add", ALL_TOKENS, past, tokens);
    graph.op("Range", POSITIONS, past, ALL_TOKENS, graph.scalar(1));
  }

  GraphBuilder graph() {
    return graph;
  }

  TransformerSizes sizes() {
    return sizes;
  }

  /// Keys and values of earlier tokens, two tensors a layer; empty without a cache.
  List<CacheTensor> cache() {
    return cache;
  }

  /// Names `tensor` as a hook point.
  String hook(int layer, HookPoint.Site site, String tensor, int width) {
    hooks.put(new HookPoint(layer, site), new HookTensor(tensor, width));
    return tensor;
  }

  /// Whether the checkpoint has a tensor.
  boolean has(String name) {
    return weights.has(name);
  }

  /// A tensor of the checkpoint, as float32.
  String weight(String name, long... shape) throws FormatException {
    return stored(name, shape) == ElementType.FLOAT ? name : cast(name + ".float", name);
  }

  /// A tensor of the checkpoint, as it is.
  ///
  /// @return its type
  private ElementType stored(String name, long... shape) throws FormatException {
    GraphWeight weight = weights.weight(name, shape);
    if (counted.add(name)) {
      parameters += weight.elements();
    }
    graph.weight(weight);
    return weight.type();
  }

  /// `x` as float32.
  String cast(String output, String x) {
    return cast(output, x, ElementType.FLOAT);
  }

  private String cast(String output, String x, ElementType type) {
    return graph.op("Cast", output, Map.of("to", new Attribute.IntValue(type.number())), x);
  }

  /// factor · x · W for a matrix W of the checkpoint, in float32; the product itself is taken in
  /// what [Precision] says.
  String product(
      String output, String x, String matrix, Layout layout, long out, long in, double factor)
      throws FormatException {
    long[] shape = layout == Layout.OUT_IN ? new long[] {out, in} : new long[] {in, out};
    ElementType type = stored(matrix, shape);
    if (precision == Precision.FLOAT32 || type == ElementType.FLOAT) {
      return product(output, x, weight(matrix, shape), layout, factor);
    }
    String narrow = cast(output + ".narrow", x, type);
    return cast(output, product(output + ".half", narrow, matrix, layout, factor));
  }

  private String product(String output, String x, String matrix, Layout layout, double factor) {
    return switch (layout) {
      case OUT_IN -> graph.matMulTransposed(output, x, matrix, (float) factor);
      case IN_OUT -> graph.op("MatMul", output, times(output + ".factor", x, factor), matrix);
    };
  }

  /// `x` times a number.
  String times(String output, String x, double number) {
    return number == 1 ? x : graph.op("Mul", output, x, graph.scalar((float) number));
  }

  /// c · tanh(x / c), which bounds x; x itself where c is 0.
  String capped(String output, String x, double cap) {
    if (cap == 0) {
      return x;
    }
    String bound = graph.scalar((float) cap);
    String ratio = graph.op("Div", output + ".ratio", x, bound);
    return graph.op("Mul", output, graph.op("Tanh", output + ".bent", ratio), bound);
  }

  String linear(String output, String x, Linear map) throws FormatException {
    String product = map.bias() ? output + ".product" : output;
    product(product, x, map.module() + ".weight", map.layout(), map.out(), map.in(), 1);
    return map.bias()
        ? graph.op("Add", output, product, weight(map.module() + ".bias", map.out()))
        : product;
  }

  String norm(String output, String x, Norm norm) throws FormatException {
    return scaled(output, normalised(output + ".normalised", x, norm), norm);
  }

  /// The first step of [#norm]: x without its mean, where the norm takes it out, divided by its
  /// root mean square.
  String normalised(String output, String x, Norm norm) {
    if (norm.kind().centres()) {
      float[] ones = new float[norm.width()];
      Arrays.fill(ones, 1);
      String gain =
          graph.weight(GraphWeight.floats("ones_" + ones.length, new long[] {ones.length}, ones));
      Map<String, Attribute> attributes =
          Map.of(
              "axis",
              new Attribute.IntValue(-1),
              "epsilon",
              new Attribute.FloatValue((float) norm.epsilon()));
      return graph.op("LayerNormalization", output, attributes, x, gain);
    }
    String square = graph.op("Mul", output + ".square", x, x);
    Map<String, Attribute> kept = Map.of("keepdims", new Attribute.IntValue(1));
    String mean = graph.op("ReduceMean", output + ".mean", kept, square, graph.longs(-1));
    String shifted =
        graph.op("Add", output + ".shifted", mean, graph.scalar((float) norm.epsilon()));
    return graph.op("Div", output, x, graph.op("Sqrt", output + ".root", shifted));
  }

  /// The second step of [#norm]: times the gain, plus the bias.
  String scaled(String output, String normalised, Norm norm) throws FormatException {
    String gain = norm.module() + ".weight";
    int width = norm.width();
    return switch (norm.kind()) {
      case RMS, LAYER_WITHOUT_BIAS -> graph.op("Mul", output, normalised, weight(gain, width));
      case RMS_OF_ONE_PLUS_WEIGHT ->
          graph.op(
              "Mul",
              output,
              normalised,
              graph.op("Add", output + ".gain", weight(gain, width), graph.scalar(1f)));
      case LAYER ->
          graph.op(
              "Add",
              output,
              graph.op("Mul", output + ".scaled", normalised, weight(gain, width)),
              weight(norm.module() + ".bias", width));
      case LAYER_WITHOUT_PARAMETERS -> normalised;
    };
  }

  String activation(String output, String x, Activation activation) {
    return switch (activation) {
      case GELU -> graph.op("Gelu", output, x);
      case GELU_TANH ->
          graph.op("Gelu", output, Map.of("approximate", new Attribute.Text("tanh")), x);
      case RELU -> graph.op("Relu", output, x);
      case SILU -> graph.op("Mul", output, x, graph.op("Sigmoid", output + ".gate", x));
    };
  }

  /// The finished model, whose tensor `logits` has been made.
  ///
  /// @param cacheLength the most tokens for which the cache holds what a whole pass computes
  LanguageGraph build(String name, int cacheLength, boolean head) {
    List<String> outputs = new ArrayList<>(List.of("logits"));
    cache.forEach(tensor -> outputs.add(tensor.present()));
    OnnxModel model =
        new OnnxModel(
            IR_VERSION,
            Map.of("", OPSET, "com.microsoft", 1L),
            graph.build(name, outputs),
            List.of());
    return new LanguageGraph(
        model,
        "input_ids",
        "logits",
        hooks,
        sizes.context(),
        new ModelFacts(name, sizes.layers(), sizes.headWidth(), parameters),
        sizes.width(),
        sizes.vocabulary(),
        List.copyOf(cache),
        cacheLength,
        head);
  }
}
