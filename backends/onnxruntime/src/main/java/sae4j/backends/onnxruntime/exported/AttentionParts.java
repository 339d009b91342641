// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.exported.Links.LinearMap;
import sae4j.backends.onnxruntime.exported.Links.Region;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.models.HookPoint.Site;

/// Finds queries, keys, values and what the heads have read, in a branch that attention adds to the
/// residual stream.
///
/// From the end: one linear map gives the branch. What it reads is z, the product softmax(s) · v
/// with its heads put side by side. The scores s are a product, too: its left side are the queries
/// and its right side the keys, because softmax runs over the last axis. Behind each of the three
/// lies one linear map. If that is one map for several of them, its output is split.
final class AttentionParts {
  /// Operators that move numbers and change none.
  private static final Set<String> MOVES =
      Set.of("Reshape", "Transpose", "Identity", "Cast", "Dropout");

  /// Operators between the scores and softmax, and between softmax and the product with v.
  private static final Set<String> ON_SCORES =
      Set.of(
          "Add",
          "Sub",
          "Mul",
          "Div",
          "Tanh",
          "Where",
          "Clip",
          "Min",
          "Max",
          "Reshape",
          "Identity",
          "Cast",
          "Dropout");

  private static final Set<String> WHOLE =
      Set.of("MultiHeadAttention", "GroupQueryAttention", "Attention");

  private final Links links;
  private final JointParts joint;

  AttentionParts(Links links, GraphEdit edit) {
    this.links = links;
    joint = new JointParts(links, edit);
  }

  /// What was found.
  ///
  /// @param read what all of attention's maps read; empty if it is not one tensor
  /// @param tensors the tensor of each site that was found
  record Found(Optional<String> read, Map<Site, HookTensor> tensors) {}

  /// The three operands.
  private record Core(String queries, String keys, String values) {}

  /// Looks through a branch.
  ///
  /// @param branch what is added to the residual stream
  /// @param stream tensors of the residual stream
  /// @param prefix the beginning of new names
  Optional<Found> find(String branch, Set<String> stream, String prefix) {
    return links.region(branch, stream).map().flatMap(out -> behind(out, stream, prefix));
  }

  private Optional<Found> behind(LinearMap out, Set<String> stream, String prefix) {
    Node node = links.producer(out.input());
    return node != null && joint.isPacked(node)
        ? Optional.of(packed(out, node, stream, prefix))
        : core(out.input()).map(core -> found(out, core, stream, prefix));
  }

  /// Queries, keys and values that one operator reads side by side.
  private Found packed(LinearMap out, Node node, Set<String> stream, String prefix) {
    Map<Site, HookTensor> tensors = new TreeMap<>();
    tensors.put(Site.Z, new HookTensor(out.input(), out.in()));
    String all = node.inputs().getFirst();
    Optional<LinearMap> map =
        links.region(all, stream).map().filter(each -> links.finished(each).equals(all));
    if (map.isPresent()) {
      joint.unpack(node, out.in(), map.get().out(), prefix).ifPresent(tensors::putAll);
    }
    return new Found(map.map(each -> links.settled(each.input(), stream)), tensors);
  }

  private Found found(LinearMap out, Core core, Set<String> stream, String prefix) {
    Map<Site, HookTensor> tensors = new TreeMap<>();
    tensors.put(Site.Z, new HookTensor(out.input(), out.in()));
    Map<Site, Region> regions = new TreeMap<>();
    regions.put(Site.Q, links.region(core.queries(), stream));
    regions.put(Site.K, links.region(core.keys(), stream));
    regions.put(Site.V, links.region(core.values(), stream));
    Set<LinearMap> maps = new LinkedHashSet<>();
    for (Region region : regions.values()) {
      Optional<LinearMap> map = region.map();
      if (map.isEmpty()) {
        return new Found(Optional.empty(), tensors);
      }
      maps.add(map.get());
    }
    Set<String> reads =
        maps.stream().map(map -> links.settled(map.input(), stream)).collect(Collectors.toSet());
    Optional<String> read =
        reads.size() == 1 ? Optional.of(reads.iterator().next()) : Optional.empty();
    if (read.isPresent()) {
      joint.split(regions, out.in(), prefix).ifPresent(tensors::putAll);
    }
    return new Found(read, tensors);
  }

  /// From z back to softmax and to the scores.
  private Optional<Core> core(String z) {
    String tensor = z;
    Node node = links.producer(tensor);
    while (node != null && MOVES.contains(node.op())) {
      tensor = node.inputs().getFirst();
      node = links.producer(tensor);
    }
    if (node == null) {
      return Optional.empty();
    }
    if (WHOLE.contains(node.op())) {
      List<String> inputs = node.inputs();
      boolean separate = inputs.size() > 2 && inputs.subList(0, 3).stream().allMatch(links::isLive);
      return separate
          ? Optional.of(new Core(inputs.get(0), inputs.get(1), inputs.get(2)))
          : Optional.empty();
    }
    if (!isProductOfLive(node)) {
      return Optional.empty();
    }
    Node softmax = back(node.inputs().get(0), "Softmax");
    if (softmax == null || !overLastAxis(softmax)) {
      return Optional.empty();
    }
    Node scores = back(softmax.inputs().getFirst(), "");
    return scores == null || !isProductOfLive(scores)
        ? Optional.empty()
        : Optional.of(
            new Core(scores.inputs().get(0), scores.inputs().get(1), node.inputs().get(1)));
  }

  private boolean isProductOfLive(Node node) {
    return Set.of("MatMul", "FusedMatMul").contains(node.op())
        && node.intValue("transA", 0) == 0
        && node.inputs().stream().allMatch(links::isLive);
  }

  private boolean overLastAxis(Node softmax) {
    long axis = softmax.intValue("axis", -1);
    return axis == -1 || axis == links.shapes().rank(softmax.inputs().getFirst()) - 1;
  }

  /// The first node on the way back that is of another kind than those on scores; null if it is not
  /// `op`, unless `op` is empty.
  private @Nullable Node back(String from, String op) {
    String tensor = from;
    Node node = links.producer(tensor);
    while (node != null && ON_SCORES.contains(node.op())) {
      String next = links.liveInput(node);
      if (next == null) {
        next = maskedOfItself(node);
      }
      if (next == null) {
        return null;
      }
      tensor = next;
      node = links.producer(tensor);
    }
    return node == null || (!op.isEmpty() && !node.op().equals(op)) ? null : node;
  }

  /// x of where(is x a number, x, …), which exporters put behind softmax.
  private @Nullable String maskedOfItself(Node node) {
    if (!node.op().equals("Where")) {
      return null;
    }
    Node condition = links.origin(node.inputs().getFirst());
    if (condition == null || !condition.op().equals("IsNaN")) {
      return null;
    }
    String x = condition.inputs().getFirst();
    return node.inputs().contains(x) ? x : null;
  }
}
