// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.exported.Norms.Norm;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.models.HookPoint;
import sae4j.models.HookPoint.Site;

/// Finds the hook points inside attention and MLP of an exported transformer, from those on its
/// residual stream. Where a hook point has no tensor of its own, the graph gets one, and computes
/// the same.
///
/// What is in doubt is left out.
final class BlockHooks {
  private final SortedMap<HookPoint, String> stream;
  private final Links links;
  private final GraphEdit edit;
  private final Norms norms;
  private final AttentionParts attentions;
  private final MlpParts mlps;
  private final int width;
  private final SortedMap<HookPoint, HookTensor> found = new TreeMap<>();

  private BlockHooks(
      Graph graph, String beginning, SortedMap<HookPoint, String> stream, int width) {
    this.stream = stream;
    this.width = width;
    links = new Links(graph, beginning);
    edit = new GraphEdit(graph);
    norms = new Norms(links, edit);
    attentions = new AttentionParts(links, edit);
    mlps = new MlpParts(links);
  }

  /// What was found.
  ///
  /// @param graph computes the same, with a tensor for each hook point
  /// @param hooks those inside of attention and MLP
  record Found(Graph graph, SortedMap<HookPoint, HookTensor> hooks) {}

  /// Looks through all blocks.
  ///
  /// @param beginning a tensor at or before the beginning of the residual stream
  /// @param stream the hook points of the residual stream
  /// @param width of the residual stream
  static Found find(Graph graph, String beginning, SortedMap<HookPoint, String> stream, int width) {
    return new BlockHooks(graph, beginning, stream, width).find();
  }

  private Found find() {
    int layers = stream.lastKey().layer() + 1;
    for (int layer = 0; layer < layers; layer++) {
      block(layer);
    }
    Graph graph = edit.done();
    Shapes shapes = new Shapes(graph);
    SortedMap<HookPoint, HookTensor> hooks = new TreeMap<>();
    found.forEach(
        (hook, tensor) -> {
          int rank = shapes.rank(tensor.name());
          if (rank == 2 || rank == 3) {
            hooks.put(hook, new HookTensor(tensor.name(), tensor.width(), rank == 2));
          }
        });
    return new Found(graph, hooks);
  }

  private void block(int layer) {
    String before = stream.get(new HookPoint(layer, Site.RESID_PRE));
    if (before == null) {
      return;
    }
    String middle = stream.getOrDefault(new HookPoint(layer, Site.RESID_MID), before);
    String prefix = "blocks." + layer + ".";
    attention(layer, prefix, links.aliases(before));
    mlp(layer, prefix, links.aliases(middle));
  }

  private void attention(int layer, String prefix, Set<String> before) {
    String branch = stream.get(new HookPoint(layer, Site.ATTN_OUT));
    Optional<AttentionParts.Found> attention =
        branch == null ? Optional.empty() : attentions.find(branch, before, prefix);
    if (attention.isEmpty()) {
      return;
    }
    attention.get().tensors().forEach((site, tensor) -> put(layer, site, tensor));
    attention
        .get()
        .read()
        .flatMap(read -> norm(read, before))
        .ifPresent(
            norm ->
                putApart(
                    layer,
                    Site.LN1_NORMALIZED,
                    new HookTensor(
                        norms.normalised(norm, prefix + Site.LN1_NORMALIZED.label()), width)));
  }

  /// The norm between the residual stream and a tensor.
  private Optional<Norm> norm(String read, Set<String> stream) {
    return stream.contains(read)
        ? Optional.empty()
        : norms.find(read).filter(norm -> stream.contains(norm.input()));
  }

  private void mlp(int layer, String prefix, Set<String> middle) {
    String branch = stream.get(new HookPoint(layer, Site.MLP_OUT));
    MlpParts.@Nullable Found mlp = branch == null ? null : mlps.find(branch, middle).orElse(null);
    if (mlp == null) {
      return;
    }
    putApart(layer, Site.MLP_POST, mlp.neurons());
    String input = prefix + Site.MLP_INPUT.label();
    String read = mlp.read();
    boolean alone = mlp.readers().containsAll(links.readers(read));
    if (middle.contains(read)) {
      String copy = edit.branch(read, prefix + Site.MLP_IN.label(), mlp.readers());
      put(layer, Site.MLP_IN, copy);
      put(layer, Site.MLP_INPUT, copy);
      return;
    }
    if (!alone) {
      put(layer, Site.MLP_INPUT, edit.branch(read, input, mlp.readers()));
      return;
    }
    put(layer, Site.MLP_INPUT, read);
    Optional<Norm> norm = norm(read, middle).filter(each -> isAlone(each, mlp));
    if (norm.isPresent()) {
      Set<Node> readers = new HashSet<>(links.readers(norm.get().input()));
      readers.retainAll(norm.get().nodes());
      put(
          layer,
          Site.MLP_IN,
          edit.branch(norm.get().input(), prefix + Site.MLP_IN.label(), readers));
      putApart(
          layer,
          Site.LN2_NORMALIZED,
          new HookTensor(
              norms.normalised(norm.get(), prefix + Site.LN2_NORMALIZED.label()), width));
    }
  }

  /// Whether nothing but the MLP reads what a norm computes.
  private boolean isAlone(Norm norm, MlpParts.Found mlp) {
    for (Node node : norm.nodes()) {
      for (String output : node.outputs()) {
        if (!norm.nodes().containsAll(links.readers(output))
            && !(output.equals(norm.output())
                && mlp.readers().containsAll(links.readers(output)))) {
          return false;
        }
      }
    }
    return true;
  }

  private void put(int layer, Site site, String tensor) {
    put(layer, site, new HookTensor(tensor, width));
  }

  /// Names a tensor in the middle of operators that the runtime fuses.
  private void putApart(int layer, Site site, HookTensor tensor) {
    int rank = links.shapes().rank(tensor.name());
    if (rank == 2 || rank == 3) {
      edit.keepApart(tensor.name(), rank, tensor.width());
    }
    put(layer, site, tensor);
  }

  private void put(int layer, Site site, HookTensor tensor) {
    found.put(new HookPoint(layer, site), tensor);
  }
}
