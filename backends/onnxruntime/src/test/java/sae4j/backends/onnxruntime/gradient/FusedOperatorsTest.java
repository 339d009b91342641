// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;
import sae4j.backends.onnxruntime.natives.RuntimeLibrary;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;

/// Fused operators beside what is written for them: the same outputs, and a gradient that central
/// differences of the fused operator itself confirm.
class FusedOperatorsTest {
  private static final String ATTENTION = "GroupQueryAttention";
  private static final int B = 2;
  private static final int S = 7;
  private static final int H = 4;
  private static final int G = 2;
  private static final int W = 16;

  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
  private final Map<String, GraphWeight> weights = new LinkedHashMap<>();
  private final Map<String, Attribute> attributes = new LinkedHashMap<>();
  private final Map<String, float[]> given = new LinkedHashMap<>();
  private final Map<String, long[]> shapes = new HashMap<>();
  private final List<String> inputs = new ArrayList<>();
  private final List<String> outputs = new ArrayList<>(List.of("y"));
  private String domain = "com.microsoft";

  @BeforeAll
  static void unpackTheRuntime() throws IOException {
    RuntimeLibrary.prepare();
  }

  private float[] noise(long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private void input(String name, long... shape) {
    inputs.add(name);
    given.put(name, noise(shape));
    shapes.put(name, shape);
  }

  private void weight(GraphWeight weight) {
    weights.put(weight.name(), weight);
    inputs.add(weight.name());
  }

  private void weight(String name, long... shape) {
    weight(GraphWeight.floats(name, shape, noise(shape)));
  }

  private void omit(int count) {
    for (int i = 0; i < count; i++) {
      inputs.add("");
    }
  }

  private void set(String attribute, long value) {
    attributes.put(attribute, new Attribute.IntValue(value));
  }

  private void set(String attribute, float value) {
    attributes.put(attribute, new Attribute.FloatValue(value));
  }

  private static GraphWeight ints(String name, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    return new GraphWeight(
        name,
        ElementType.INT32,
        new long[] {values.length},
        new GraphWeight.Storage.Inline(bytes.array()));
  }

  private GraphWeight bytes(String name, long... shape) {
    byte[] values = new byte[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    random.nextBytes(values);
    return new GraphWeight(name, ElementType.UINT8, shape, new GraphWeight.Storage.Inline(values));
  }

  private OnnxModel model(String op) {
    Node node = new Node(op, domain, "the_node", inputs, outputs, attributes, Map.of());
    List<ValueInfo> declared = new ArrayList<>();
    given.forEach(
        (name, _) ->
            declared.add(
                new ValueInfo(
                    name,
                    ElementType.FLOAT,
                    Arrays.stream(Objects.requireNonNull(shapes.get(name)))
                        .mapToObj(String::valueOf)
                        .toList())));
    Graph graph =
        new Graph(
            "one node",
            List.of(node),
            weights,
            declared,
            outputs.stream().filter(each -> !each.isEmpty()).map(ValueInfo::inferred).toList(),
            Map.of());
    return new OnnxModel(9, Map.of("", 19L, "com.microsoft", 1L), graph, List.of());
  }

  private static Map<String, float[]> run(OrtSession session, Map<String, OnnxTensor> feed)
      throws OrtException {
    try (OrtSession.Result result = session.run(feed)) {
      Map<String, float[]> values = new HashMap<>();
      for (Map.Entry<String, OnnxValue> each : result) {
        FloatBuffer buffer = ((OnnxTensor) each.getValue()).getFloatBuffer();
        float[] floats = new float[buffer.remaining()];
        buffer.get(floats);
        values.put(each.getKey(), floats);
      }
      return values;
    }
  }

  private static OnnxTensor tensor(float[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment(), FloatBuffer.wrap(values), shape);
  }

  private static OrtSession session(OnnxModel model) throws OrtException {
    return environment().createSession(OnnxWriter.encode(model, Path.of("").toAbsolutePath()));
  }

  private static OrtEnvironment environment() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
  }

  private Map<String, OnnxTensor> feed(Map<String, float[]> values) throws OrtException {
    Map<String, OnnxTensor> feed = new HashMap<>();
    for (Map.Entry<String, float[]> each : values.entrySet()) {
      feed.put(
          each.getKey(),
          tensor(each.getValue(), Objects.requireNonNull(shapes.get(each.getKey()))));
    }
    return feed;
  }

  /// Holds the operator and the gradient at each of `variables` to what is written for it.
  private void check(String op, String... variables) throws OrtException {
    OnnxModel fused = model(op);
    try (OrtSession session = session(fused)) {
      Map<String, float[]> expected = run(session, feed(given));
      for (String variable : variables) {
        Graph plain = Unfused.of(fused.graph(), variable, 19);
        assertThat(plain.nodes()).noneMatch(node -> node.op().equals(op) && rewrites(op));
        try (OrtSession unfused = session(fused.with(plain))) {
          Map<String, float[]> actual = run(unfused, feed(given));
          expected.forEach(
              (name, values) ->
                  assertClose(name, Objects.requireNonNull(actual.get(name)), values, 4e-6));
        }
        gradientIsConfirmed(fused, session, variable, expected);
      }
    }
  }

  private static boolean rewrites(String op) {
    return !op.equals("MatMulNBits");
  }

  private void gradientIsConfirmed(
      OnnxModel fused, OrtSession session, String variable, Map<String, float[]> expected)
      throws OrtException {
    float[] seed = noise(Objects.requireNonNull(expected.get("y")).length);
    OnnxModel backward = Backward.transform(fused, variable, List.of("y"), "gradient");
    float[] gradient;
    try (OrtSession reverse = session(backward)) {
      Map<String, OnnxTensor> feed = feed(given);
      // Every output here is shaped as the first input but for its last axis.
      long[] shape = Objects.requireNonNull(shapes.get(inputs.getFirst())).clone();
      long rows = Arrays.stream(shape).limit(shape.length - 1L).reduce(1, (a, b) -> a * b);
      shape[shape.length - 1] = seed.length / rows;
      feed.put(Backward.seed("y"), tensor(seed, shape));
      feed.keySet().retainAll(reverse.getInputNames());
      gradient = Objects.requireNonNull(run(reverse, feed).get("gradient"));
    }
    float[] at = Objects.requireNonNull(given.get(variable));
    assertThat(gradient).hasSameSizeAs(at);
    for (int trial = 0; trial < 6; trial++) {
      float[] direction = noise(at.length);
      float step = 1f / 128;
      double difference =
          (loss(session, variable, direction, step, seed)
                  - loss(session, variable, direction, -step, seed))
              / (2 * step);
      double slope = 0;
      double size = 0;
      for (int i = 0; i < at.length; i++) {
        slope += (double) gradient[i] * direction[i];
        size += (double) gradient[i] * gradient[i];
      }
      assertThat(slope)
          .as("slope at %s, trial %d", variable, trial)
          .isCloseTo(difference, within(4e-3 * Math.sqrt(size)));
    }
  }

  private double loss(
      OrtSession session, String variable, float[] direction, float step, float[] seed)
      throws OrtException {
    Map<String, float[]> moved = new LinkedHashMap<>(given);
    float[] there = Objects.requireNonNull(given.get(variable)).clone();
    for (int i = 0; i < there.length; i++) {
      there[i] += step * direction[i];
    }
    moved.put(variable, there);
    float[] y = Objects.requireNonNull(run(session, feed(moved)).get("y"));
    double loss = 0;
    for (int i = 0; i < y.length; i++) {
      loss += (double) y[i] * seed[i];
    }
    return loss;
  }

  private static void assertClose(String what, float[] actual, float[] expected, double tolerance) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double scale = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs((double) expected[i] - actual[i]));
    }
    assertThat(worst).as(what + ", up to " + scale).isLessThanOrEqualTo(tolerance * scale);
  }

  /// The inputs of attention that keep a cache and its length.
  private void attention(int batch, int past, int tokens, boolean packed) {
    set("num_heads", H);
    set("kv_num_heads", G);
    if (packed) {
      input("x", batch, tokens, (H + 2 * G) * W);
      omit(2);
    } else {
      input("x", batch, tokens, H * W);
      input("k", batch, tokens, G * W);
      input("v", batch, tokens, G * W);
    }
    input("past_key", batch, G, past, W);
    input("past_value", batch, G, past, W);
    int[] last = new int[batch];
    Arrays.fill(last, past + tokens - 1);
    weight(ints("seqlens_k", last));
    weight(ints("total", past + tokens));
    outputs.addAll(List.of("present_key", "present_value"));
  }

  private void caches(int half) {
    weight("cos", 32, half);
    weight("sin", 32, half);
  }

  @ParameterizedTest
  @CsvSource({
    // packed, rotary entries, interleaved, scale, softcap, window
    "true, 0, false, 0, 0, -1",
    "false, 0, false, 0.3, 0, -1",
    "true, 16, false, 0.25, 0, -1",
    "true, 16, true, 0.25, 0, -1",
    "false, 16, false, 0.25, 2, 3",
    "true, 0, false, 0.5, 1.5, -1",
    "true, 0, false, 0.5, 0, 1",
    "false, 0, false, 0.5, 0, 4",
    "true, 0, false, 0.5, 0, 7",
    "true, 0, false, 0.5, 0, 100",
  })
  void attention_of_groups_is_what_is_written_for_it(
      boolean packed, int rotary, boolean interleaved, float scale, float cap, int window)
      throws OrtException {
    attention(B, 0, S, packed);
    if (rotary > 0) {
      caches(rotary / 2);
      set("do_rotary", 1);
      set("rotary_interleaved", interleaved ? 1 : 0);
    }
    set("scale", scale);
    set("softcap", cap);
    set("local_window_size", window);
    check(ATTENTION, packed ? new String[] {"x"} : new String[] {"x", "k", "v"});
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_part_of_each_head_is_rotated(boolean interleaved) throws OrtException {
    set("num_heads", 2);
    set("kv_num_heads", 1);
    input("x", B, S, 4 * 32);
    omit(2);
    input("past_key", B, 1, 0, 32);
    input("past_value", B, 1, 0, 32);
    weight(ints("seqlens_k", S - 1, S - 1));
    weight(ints("total", S));
    caches(8);
    set("do_rotary", 1);
    set("rotary_interleaved", interleaved ? 1 : 0);
    check(ATTENTION, "x");
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 1", "1, 5, 1", "2, 5, 1", "1, 5, 4", "1, 9, 3"})
  void earlier_tokens_stand_before_new_ones(int batch, int past, int tokens) throws OrtException {
    attention(batch, past, tokens, true);
    caches(8);
    set("do_rotary", 1);
    set("local_window_size", 4);
    set("softcap", 3f);
    check(ATTENTION, "x");
  }

  @Test
  void as_many_heads_of_keys_as_of_queries_are_groups_of_one() throws OrtException {
    set("num_heads", 3);
    set("kv_num_heads", 3);
    input("x", B, S, 9 * W);
    omit(2);
    input("past_key", B, 3, 0, W);
    input("past_value", B, 3, 0, W);
    weight(ints("seqlens_k", S - 1, S - 1));
    weight(ints("total", S));
    check(ATTENTION, "x");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_sink_takes_a_part_of_softmax(boolean given) throws OrtException {
    attention(B, 0, S, true);
    omit(4);
    if (given) {
      weight("head_sink", H);
    } else {
      set("smooth_softmax", 1);
    }
    set("local_window_size", 3);
    set("softcap", 2f);
    check(ATTENTION, "x");
  }

  @ParameterizedTest
  @CsvSource({"2, 4", "1, 4", "2, 1", "1, 1"})
  void a_bias_is_added_behind_the_bound_on_scores(int batch, int heads) throws OrtException {
    attention(B, 0, S, true);
    omit(3);
    weight("bias", batch, heads, S, S);
    set("softcap", 1f);
    check(ATTENTION, "x");
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void attention_of_all_heads_is_what_is_written_for_it(boolean causal, boolean biased)
      throws OrtException {
    set("num_heads", H);
    set("unidirectional", causal ? 1 : 0);
    input("x", B, S, H * W);
    input("k", B, S, H * W);
    input("v", B, S, H * W);
    if (biased) {
      omit(2);
      weight("bias", 1, H, S, S);
    }
    check("MultiHeadAttention", "x", "k", "v");
  }

  @Test
  void attention_of_all_heads_keeps_a_cache() throws OrtException {
    set("num_heads", H);
    set("unidirectional", 1);
    set("scale", 0.4f);
    input("x", B, 3, H * W);
    input("k", B, 3, H * W);
    input("v", B, 3, H * W);
    omit(3);
    input("past_key", B, H, 5, W);
    input("past_value", B, H, 5, W);
    outputs.addAll(List.of("present_key", "present_value"));
    check("MultiHeadAttention", "x", "k", "v");
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 8", "1, 0, 8", "0, 3, 4", "1, 3, 4"})
  void rotations_are_what_is_written_for_them(int interleaved, int heads, int half)
      throws OrtException {
    input("x", B, S, 3 * W);
    weight(GraphWeight.longs("flat", 0, 1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 7, 8));
    weights.put(
        "positions",
        new GraphWeight(
            "positions",
            ElementType.INT64,
            new long[] {B, S},
            Objects.requireNonNull(weights.remove("flat")).storage()));
    inputs.set(1, "positions");
    caches(half);
    set("interleaved", interleaved);
    set("num_heads", heads);
    set("rotary_embedding_dim", heads > 0 ? 2L * half : 0);
    check("RotaryEmbedding", "x");
  }

  @Test
  void one_position_is_that_of_the_first_token() throws OrtException {
    input("x", B, S, 3 * W);
    weight(GraphWeight.longs("position", 5));
    caches(W / 2);
    check("RotaryEmbedding", "x");
  }

  /// Behind a Transpose, as optimum's optimiser writes it.
  @ParameterizedTest
  @CsvSource({"Transpose, 4", "Squeeze, 0"})
  void heads_on_an_axis_of_their_own_are_rotated_there(String before, int axes)
      throws OrtException {
    shapes.put("x", new long[] {B, S, 3, W});
    given.put("x", noise(B, S, 3, W));
    weight(GraphWeight.longs("position", 2));
    caches(W / 2);
    Node first =
        axes == 4
            ? Node.of(before, "heads", Map.of("perm", new Attribute.IntValues(0, 2, 1, 3)), "x")
            : Node.of(before, "heads", Map.of(), "x");
    inputs.addFirst("heads");
    OnnxModel alone = model("RotaryEmbedding");
    List<Node> both = List.of(first, alone.graph().nodes().getFirst());
    Graph graph =
        new Graph(
            "two nodes",
            both,
            alone.graph().weights(),
            alone.graph().inputs(),
            alone.graph().outputs(),
            Map.of());
    if (axes == 0) {
      assertThatThrownBy(() -> Unfused.of(graph, "x", 19))
          .hasMessageContaining("with 'heads', whose axes Squeeze does not tell;");
      return;
    }
    try (OrtSession fused = session(alone.with(graph));
        OrtSession plain = session(alone.with(Unfused.of(graph, "x", 19)))) {
      assertClose(
          "y",
          Objects.requireNonNull(run(plain, feed(given)).get("y")),
          Objects.requireNonNull(run(fused, feed(given)).get("y")),
          4e-6);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // bits, columns, block, zeros (none, packed, floats), accuracy
    "4, 32, 16, none, 0",
    "4, 48, 16, packed, 1",
    "4, 40, 16, packed, 0",
    "4, 64, 32, floats, 0",
    "8, 32, 16, none, 0",
    "8, 48, 16, packed, 0",
    "2, 64, 16, packed, 0",
  })
  void quantised_weights_are_taken_apart(
      int bits, int columns, int block, String zeros, int accuracy) throws OrtException {
    int rows = 9;
    int blocks = Math.ceilDiv(columns, block);
    input("x", B, S, columns);
    weight(bytes("q", rows, blocks, block * bits / 8));
    weight("scales", rows, blocks);
    switch (zeros) {
      case "packed" -> weight(bytes("zeros", rows, Math.ceilDiv(blocks * bits, 8)));
      case "floats" -> weight("zeros", rows, blocks);
      default -> omit(0);
    }
    set("bits", bits);
    set("N", rows);
    set("K", columns);
    set("block_size", block);
    set("accuracy_level", accuracy);
    check("MatMulNBits", "x");
  }

  @Test
  void norms_are_what_is_written_for_them() throws OrtException {
    domain = "";
    input("x", B, S, 24);
    weight("gain", 24);
    set("axis", -1);
    set("epsilon", 1e-3f);
    check("SimplifiedLayerNormalization", "x");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void norms_of_sums_are_what_is_written_for_them(boolean biased) throws OrtException {
    input("x", B, S, 24);
    input("skip", B, S, 24);
    weight("gain", 24);
    if (biased) {
      weight("bias", 24);
    }
    outputs.addAll(List.of("", "", "sum"));
    set("epsilon", 1e-3f);
    check("SkipSimplifiedLayerNormalization", "x", "skip");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void layer_norms_of_sums_are_what_is_written_for_them(int vectors) throws OrtException {
    input("x", B, S, 24);
    input("skip", B, S, 24);
    weight("gain", 24);
    for (int i = 0; i < vectors; i++) {
      weight("vector" + i, 24);
    }
    outputs.addAll(List.of("", "", "sum"));
    set("epsilon", 1e-3f);
    check("SkipLayerNormalization", "x", "skip");
  }

  @ParameterizedTest
  @CsvSource({"QuickGelu, false", "FastGelu, false", "FastGelu, true", "BiasGelu, true"})
  void activations_are_what_is_written_for_them(String op, boolean biased) throws OrtException {
    input("x", B, S, 24);
    if (biased) {
      weight("bias", 24);
    }
    check(op, "x");
  }

  @Test
  void what_is_not_covered_is_refused_by_name() {
    attention(B, 0, S, true);
    set("qk_output", 1);
    assertThatThrownBy(() -> Unfused.of(model(ATTENTION).graph(), "x", 19))
        .hasMessage(
            "gradient: no rule for GroupQueryAttention ('the_node') with attribute qk_output = 1;"
                + " take the folder of the model, or a file that torch's exporters or optimum"
                + " wrote");
    attributes.remove("qk_output");
    set("tomorrows_switch", 1);
    assertThatThrownBy(() -> Unfused.of(model(ATTENTION).graph(), "x", 19))
        .hasMessageContaining("with attribute tomorrows_switch;");
    attributes.remove("tomorrows_switch");
    set("local_window_size", 0);
    assertThatThrownBy(() -> Unfused.of(model(ATTENTION).graph(), "x", 19))
        .hasMessageContaining("with attribute local_window_size = 0;");
    attributes.remove("local_window_size");
    omit(7);
    weight("q_norm", W);
    assertThatThrownBy(() -> Unfused.of(model(ATTENTION).graph(), "x", 19))
        .hasMessageContaining("with input q_norm_weight ('q_norm');");
  }

  @Test
  void an_operator_without_a_rule_is_refused_by_name() {
    input("x", B, S, 24);
    assertThatThrownBy(() -> Backward.transform(model("MoE"), "x", List.of("y"), "gradient"))
        .hasMessageContaining("no rule for operator MoE ('the_node')");
  }
}
