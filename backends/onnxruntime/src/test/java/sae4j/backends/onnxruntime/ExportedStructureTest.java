// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.backends.onnxruntime.exported.ExportedModel;
import sae4j.backends.onnxruntime.families.ModelFamilies;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.models.HookPoint;
import sae4j.models.HookPoint.Site;

/// What the structure of a graph gives away: all hook points of the graphs that the project writes,
/// and none that is in doubt.
class ExportedStructureTest {
  private static final Set<Site> OF_MLP =
      Set.of(Site.MLP_IN, Site.LN2_NORMALIZED, Site.MLP_INPUT, Site.MLP_POST);

  private static final Set<Site> OF_HEADS = Set.of(Site.Q, Site.K, Site.V, Site.Z);

  static List<String> cases() throws IOException {
    return EveryFamilyTest.cases();
  }

  private static LanguageGraph written(String family) throws IOException {
    Path folder = FamiliesTest.folder(family);
    Path config = folder.resolve("config.json");
    return ModelFamilies.write(
        ModelConfig.parse(config, Files.readAllBytes(config)),
        ModelWeights.inFolder(folder),
        false);
  }

  private static SortedMap<HookPoint, Integer> widths(SortedMap<HookPoint, HookTensor> hooks) {
    SortedMap<HookPoint, Integer> widths = new TreeMap<>();
    hooks.forEach((hook, tensor) -> widths.put(hook, tensor.width()));
    return widths;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void all_hook_points_of_a_written_graph_are_found_again(String family) throws IOException {
    LanguageGraph graph = written("families/" + family);
    SortedMap<HookPoint, Integer> expected = widths(graph.hooks());
    // What experts read goes to the router too.
    Set<HookPoint> neurons = graph.hooks().keySet();
    expected
        .keySet()
        .removeIf(
            hook ->
                OF_MLP.contains(hook.site())
                    && !neurons.contains(new HookPoint(hook.layer(), Site.MLP_POST)));

    assertThat(widths(ExportedModel.understand(graph.model(), OptionalInt.of(16)).hooks()))
        .isEqualTo(expected);
  }

  /// The sites that are found in a llama whose graph was changed.
  private static Set<Site> sites(Function<Node, List<Node>> change, Map<String, GraphWeight> more)
      throws IOException {
    LanguageGraph llama = written("llama");
    Graph graph = llama.model().graph();
    Map<String, GraphWeight> weights = new LinkedHashMap<>(graph.weights());
    weights.putAll(more);
    List<Node> nodes = new ArrayList<>();
    graph.nodes().forEach(node -> nodes.addAll(change.apply(node)));
    Graph changed =
        new Graph(graph.name(), nodes, weights, graph.inputs(), graph.outputs(), graph.known());
    return ExportedModel.understand(llama.model().with(changed), OptionalInt.of(16))
        .hooks()
        .keySet()
        .stream()
        .filter(hook -> hook.layer() == 0)
        .map(HookPoint::site)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// Makes what reads `tensor` read what `between` computes from it.
  private static Function<Node, List<Node>> behind(
      String tensor, Function<String, List<Node>> between) {
    return node -> {
      if (!node.outputs().contains(tensor)) {
        return List.of(node);
      }
      String raw = tensor + ".before";
      List<Node> nodes = new ArrayList<>();
      nodes.add(
          new Node(
              node.op(),
              node.domain(),
              raw,
              node.inputs(),
              List.of(raw),
              node.attributes(),
              node.metadata()));
      nodes.addAll(between.apply(raw));
      return nodes;
    };
  }

  private static Set<Site> all() throws IOException {
    return sites(List::of, Map.of());
  }

  private static Set<Site> without(Set<Site> sites, Set<Site> left) {
    Set<Site> kept = new TreeSet<>(sites);
    kept.removeAll(left);
    return kept;
  }

  @Test
  void a_function_between_the_heads_and_the_last_map_leaves_the_heads_in_doubt()
      throws IOException {
    String z = "blocks.0.attn.hook_z";
    assertThat(sites(behind(z, raw -> List.of(Node.of("Tanh", z, Map.of(), raw))), Map.of()))
        .isEqualTo(without(without(all(), OF_HEADS), Set.of(Site.LN1_NORMALIZED)));
  }

  @Test
  void a_softmax_over_queries_leaves_the_heads_in_doubt() throws IOException {
    Function<Node, List<Node>> change =
        node ->
            node.op().equals("Softmax")
                ? List.of(
                    Node.of(
                        "Softmax",
                        node.outputs().getFirst(),
                        Map.of("axis", new Attribute.IntValue(-2)),
                        node.inputs().getFirst()))
                : List.of(node);
    assertThat(sites(change, Map.of()))
        .isEqualTo(without(without(all(), OF_HEADS), Set.of(Site.LN1_NORMALIZED)));
  }

  @Test
  void queries_that_something_else_reads_too_are_left_out_with_keys_and_values()
      throws IOException {
    GraphWeight matrix = GraphWeight.floats("other", new long[] {32, 300}, new float[32 * 300]);
    Function<Node, List<Node>> other =
        behind(
            "logits",
            raw ->
                List.of(
                    Node.of("MatMul", "other.product", Map.of(), "blocks.0.attn.hook_q", "other"),
                    Node.of("Add", "logits", Map.of(), raw, "other.product")));
    assertThat(sites(other, Map.of("other", matrix)))
        .isEqualTo(without(all(), Set.of(Site.Q, Site.K, Site.V)));
  }

  @Test
  void a_third_map_leaves_the_neurons_in_doubt() throws IOException {
    String post = "blocks.0.mlp.hook_post";
    GraphWeight matrix = GraphWeight.floats("third", new long[] {32, 48}, new float[32 * 48]);
    Function<Node, List<Node>> third =
        behind(
            post,
            raw ->
                List.of(
                    Node.of("MatMul", "third.product", Map.of(), "blocks.0.ln2", "third"),
                    Node.of("Add", post, Map.of(), raw, "third.product")));
    assertThat(sites(third, Map.of("third", matrix))).isEqualTo(without(all(), OF_MLP));
  }
}
