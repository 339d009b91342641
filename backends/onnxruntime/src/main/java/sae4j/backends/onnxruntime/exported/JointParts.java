// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.exported.Links.LinearMap;
import sae4j.backends.onnxruntime.exported.Links.Region;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.models.HookPoint.Site;

/// Finds the tensors with all queries, all keys and all values of a token side by side, between the
/// linear maps and the heads.
///
/// Where each has a map of its own, that is what the map gives. Where a map is shared, its output
/// is taken apart by Split, Slice or Gather, often with the heads already on an axis of their own.
/// The part is then put into the order that its numbers have in the output of the map, [B, T, n],
/// and back. Both moves change no number.
final class JointParts {
  private static final Set<String> SELECTIONS = Set.of("Split", "Slice", "Gather", "GatherND");

  private final Links links;
  private final Shapes shapes;
  private final GraphEdit edit;

  JointParts(Links links, GraphEdit edit) {
    this.links = links;
    this.shapes = links.shapes();
    this.edit = edit;
  }

  /// Finds all three.
  ///
  /// @param regions from what the heads compute with back to one linear map each
  /// @param widthZ the width of all heads together
  /// @param prefix the beginning of new names
  /// @return nothing if one of the three, or its width, is in doubt
  Optional<Map<Site, HookTensor>> split(Map<Site, Region> regions, int widthZ, String prefix) {
    Map<Site, View> views = new TreeMap<>();
    for (Site site : regions.keySet()) {
      Optional<View> view = view(site, regions);
      if (view.isEmpty()) {
        return Optional.empty();
      }
      views.put(site, view.get());
    }
    int q = width(views, Site.Q);
    int k = width(views, Site.K);
    int v = width(views, Site.V);
    if (q != widthZ || k != v || k < 1 || q % k != 0 || !coverMaps(regions, views)) {
      return Optional.empty();
    }
    Map<Site, HookTensor> tensors = new TreeMap<>();
    views.forEach(
        (site, view) ->
            tensors.put(site, new HookTensor(named(view, prefix + site.label()), view.width())));
    return Optional.of(tensors);
  }

  /// Whether an operator of attention reads queries, keys and values side by side in one tensor.
  boolean isPacked(Node node) {
    return node.op().equals("GroupQueryAttention")
        && links.isLive(node.inputs().get(0))
        && node.inputs().get(1).isEmpty()
        && node.inputs().get(2).isEmpty();
  }

  /// Splits such a tensor and puts it together again.
  ///
  /// @param widthZ the width of all heads together
  /// @param all the width of the tensor
  Optional<Map<Site, HookTensor>> unpack(Node node, int widthZ, int all, String prefix) {
    int heads = (int) node.intValue("num_heads", 0);
    int keyValue = (all - widthZ) / 2;
    boolean understood =
        heads > 0
            && widthZ % heads == 0
            && keyValue == node.intValue("kv_num_heads", 0) * (widthZ / heads)
            && widthZ + 2 * keyValue == all;
    if (!understood) {
      return Optional.empty();
    }
    String packed = node.inputs().getFirst();
    String raw = edit.fresh(packed + ".raw");
    Map<Site, HookTensor> parts = new TreeMap<>();
    for (Site site : List.of(Site.Q, Site.K, Site.V)) {
      int width = site == Site.Q ? widthZ : keyValue;
      parts.put(site, new HookTensor(edit.fresh(prefix + site.label()), width));
    }
    List<String> names = parts.values().stream().map(HookTensor::name).toList();
    Map<String, Attribute> last = Map.of("axis", new Attribute.IntValue(-1));
    edit.rename(packed, raw);
    edit.follow(
        packed,
        List.of(
            new Node(
                "Split",
                "",
                raw + ".parts",
                List.of(raw, edit.longs(widthZ, keyValue, keyValue)),
                names,
                last,
                Map.of()),
            new Node("Concat", "", packed, names, List.of(packed), last, Map.of())));
    return Optional.of(parts);
  }

  /// A tensor whose axes are a batch, tokens and those of its numbers, in some order.
  ///
  /// @param axes what each axis is: BATCH, TOKENS, ALL_TOKENS, or its place among those of the
  ///     numbers
  /// @param sizes of the axes of numbers, in the order of their places
  private record View(String tensor, List<Integer> axes, List<Long> sizes) {
    int width() {
      return Math.toIntExact(sizes.stream().reduce(1L, Math::multiplyExact));
    }
  }

  private static final int BATCH = -3;
  private static final int TOKENS = -2;
  private static final int ALL_TOKENS = -1;

  private static int width(Map<Site, View> views, Site site) {
    View view = views.get(site);
    return view == null ? 0 : view.width();
  }

  /// Whether the parts of a map are all that it gives.
  private static boolean coverMaps(Map<Site, Region> regions, Map<Site, View> views) {
    Map<String, Integer> covered = new LinkedHashMap<>();
    Map<String, Integer> widths = new LinkedHashMap<>();
    regions.forEach(
        (site, region) -> {
          LinearMap map = region.map().orElseThrow();
          covered.merge(map.output(), width(views, site), Integer::sum);
          widths.put(map.output(), map.out());
        });
    return covered.equals(widths);
  }

  private Optional<View> view(Site site, Map<Site, Region> regions) {
    Region region = regions.get(site);
    if (region == null) {
      return Optional.empty();
    }
    LinearMap map = region.map().orElseThrow();
    Set<String> own = new LinkedHashSet<>(region.tensors());
    boolean shared = false;
    for (Map.Entry<Site, Region> other : regions.entrySet()) {
      if (other.getKey() != site
          && other.getValue().map().orElseThrow().output().equals(map.output())) {
        own.removeAll(other.getValue().tensors());
        shared = true;
      }
    }
    String tensor = shared ? entry(region, own) : links.finished(map);
    if (tensor == null || !staysWithin(tensor, region)) {
      return Optional.empty();
    }
    return axes(map, tensor);
  }

  /// The one tensor that is of this part only and made from one that is not.
  private @Nullable String entry(Region region, Set<String> own) {
    Set<String> entries = new HashSet<>();
    for (String tensor : own) {
      Node node = links.producer(tensor);
      boolean fromShared =
          node != null
              && node.reads().stream()
                  .anyMatch(each -> region.tensors().contains(each) && !own.contains(each));
      if (fromShared) {
        entries.add(tensor);
      }
    }
    return entries.size() == 1 ? entries.iterator().next() : null;
  }

  /// Whether all that is computed from `tensor` on is part of the region, up to what the heads
  /// compute with. An output of the graph, such as a cache, may be made of it too.
  private boolean staysWithin(String tensor, Region region) {
    String end = region.tensors().iterator().next();
    Set<String> seen = new HashSet<>(Set.of(tensor));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      String at = open.pop();
      for (Node node : links.readers(at)) {
        boolean inside = region.nodes().contains(node);
        boolean leaf = node.outputs().stream().allMatch(each -> links.readers(each).isEmpty());
        if (!inside && !leaf && !at.equals(end)) {
          return false;
        }
        for (String output : inside ? node.outputs() : List.<String>of()) {
          if (!region.tensors().contains(output)) {
            return false;
          }
          if (seen.add(output)) {
            open.add(output);
          }
        }
      }
    }
    return true;
  }

  /// Follows the axes from the output of a map to `tensor`.
  private Optional<View> axes(LinearMap map, String tensor) {
    List<Node> way = new ArrayList<>();
    String at = tensor;
    while (!at.equals(map.output())) {
      Node node = links.producer(at);
      String before = node == null ? null : links.liveInput(node);
      if (node == null || before == null) {
        return Optional.empty();
      }
      way.addFirst(node);
      at = before;
    }
    List<Integer> axes =
        switch (shapes.rank(map.output())) {
          case 2 -> List.of(ALL_TOKENS, 0);
          case 3 -> List.of(BATCH, TOKENS, 0);
          default -> List.of();
        };
    boolean selected = false;
    for (Node node : way) {
      if (SELECTIONS.contains(node.op())) {
        axes = selected ? List.of() : selection(node, axes);
        selected = true;
      } else {
        axes = step(node, axes, map.out());
      }
      if (axes.isEmpty()) {
        return Optional.empty();
      }
    }
    return sized(tensor, axes);
  }

  private Optional<View> sized(String tensor, List<Integer> axes) {
    long[] dims = shapes.of(tensor);
    if (dims == null || dims.length != axes.size()) {
      return Optional.empty();
    }
    Map<Integer, Long> sizes = new TreeMap<>();
    for (int i = 0; i < dims.length; i++) {
      if (axes.get(i) >= 0) {
        if (Shapes.isSymbol(dims[i])) {
          return Optional.empty();
        }
        sizes.put(axes.get(i), dims[i]);
      }
    }
    return Optional.of(new View(tensor, axes, List.copyOf(sizes.values())));
  }

  /// The axes behind an operator that moves all numbers and loses none; none if it is another.
  private List<Integer> step(Node node, List<Integer> axes, int width) {
    return switch (node.op()) {
      case "Identity", "Cast", "Dropout", "Clip" -> axes;
      case "Add" ->
          node.inputs().stream().anyMatch(each -> links.isVector(each, width)) ? axes : List.of();
      case "Transpose" -> transposed(node, axes);
      case "Reshape" -> reshaped(node, axes, width);
      default -> List.of();
    };
  }

  private static List<Integer> transposed(Node node, List<Integer> axes) {
    long[] order = node.intValues("perm");
    List<Integer> moved = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      moved.add(axes.get(order.length == 0 ? axes.size() - 1 - i : (int) order[i]));
    }
    return moved;
  }

  /// Tokens first and all numbers behind them, before and after.
  private List<Integer> reshaped(Node node, List<Integer> axes, int width) {
    long[] dims = shapes.of(node.outputs().getFirst());
    if (dims == null || !axes.equals(axes.stream().sorted().toList())) {
      return List.of();
    }
    for (int first : new int[] {2, 1}) {
      if (product(dims, first) == width) {
        List<Integer> result =
            new ArrayList<>(first == 1 ? List.of(ALL_TOKENS) : List.of(BATCH, TOKENS));
        for (int i = first; i < dims.length; i++) {
          result.add(i - first);
        }
        return result;
      }
    }
    return List.of();
  }

  private static long product(long[] dims, int first) {
    long product = dims.length > first ? 1 : 0;
    for (int i = first; i < dims.length; i++) {
      product = Shapes.isSymbol(dims[i]) ? 0 : product * dims[i];
    }
    return product;
  }

  /// The axes behind an operator that takes some of the numbers; none if it takes some of the
  /// tokens.
  private List<Integer> selection(Node node, List<Integer> axes) {
    long axis = node.intValue("axis", 0);
    return switch (node.op()) {
      case "Split" -> ofNumbers(axes, axis) ? axes : List.of();
      case "Slice" -> slicesNumbers(node, axes) ? axes : List.of();
      case "Gather" -> ofNumbers(axes, axis) ? gathered(node, axes, axis) : List.of();
      // Its index stands in place of the first axis.
      case "GatherND" -> ofNumbers(axes, 0) && picksOne(node) ? axes : List.of();
      default -> List.of();
    };
  }

  private boolean slicesNumbers(Node slice, List<Integer> axes) {
    long[] named = input(slice, 3);
    long[] steps = input(slice, 4);
    boolean everyOne = slice.inputs().size() < 5 || (steps != null && steps[0] == 1);
    return everyOne && named != null && named.length == 1 && ofNumbers(axes, named[0]);
  }

  private boolean picksOne(Node gatherNd) {
    long[] index = input(gatherNd, 1);
    return index != null
        && index.length == 1
        && shapes.rank(gatherNd.inputs().get(1)) == 2
        && gatherNd.intValue("batch_dims", 0) == 0;
  }

  private List<Integer> gathered(Node gather, List<Integer> axes, long axis) {
    boolean constant = input(gather, 1) != null;
    return switch (shapes.rank(gather.inputs().get(1))) {
      case 0 -> constant ? without(axes, ShapeRules.at(axis, axes.size())) : List.of();
      case 1 -> constant ? axes : List.of();
      default -> List.of();
    };
  }

  private static List<Integer> without(List<Integer> axes, int place) {
    List<Integer> left = new ArrayList<>(axes.subList(0, place));
    left.addAll(axes.subList(place + 1, axes.size()));
    return left;
  }

  private long @Nullable [] input(Node node, int index) {
    return node.inputs().size() > index ? shapes.numbers(node.inputs().get(index)) : null;
  }

  private static boolean ofNumbers(List<Integer> axes, long axis) {
    return axes.get(ShapeRules.at(axis, axes.size())) >= 0;
  }

  /// The view as [B, T, n] or [B·T, n]: the tensor itself, or a new one that it is made from.
  private String named(View view, String wanted) {
    List<Integer> sorted = view.axes().stream().sorted().toList();
    boolean inOrder = view.axes().equals(sorted);
    boolean flat = view.axes().contains(ALL_TOKENS);
    int before = flat ? 1 : 2;
    if (inOrder && view.sizes().size() == 1) {
      return view.tensor();
    }
    String name = edit.fresh(wanted);
    String raw = edit.fresh(name + ".heads");
    edit.rename(view.tensor(), raw);
    List<Node> nodes = new ArrayList<>();
    String ordered = raw;
    if (!inOrder) {
      ordered = name + ".ordered";
      nodes.add(Node.of("Transpose", ordered, permutation(view.axes(), sorted), raw));
    }
    long[] joined = new long[before + 1];
    joined[before] = view.width();
    nodes.add(Node.of("Reshape", name, Map.of(), ordered, edit.longs(joined)));
    long[] apart = new long[before + view.sizes().size()];
    for (int i = 0; i < view.sizes().size(); i++) {
      apart[before + i] = view.sizes().get(i);
    }
    String again = inOrder ? view.tensor() : name + ".apart";
    nodes.add(Node.of("Reshape", again, Map.of(), name, edit.longs(apart)));
    if (!inOrder) {
      nodes.add(Node.of("Transpose", view.tensor(), permutation(sorted, view.axes()), again));
    }
    edit.follow(view.tensor(), nodes);
    return name;
  }

  private static Map<String, Attribute> permutation(List<Integer> from, List<Integer> to) {
    return Map.of("perm", new Attribute.IntValues(to.stream().mapToLong(from::indexOf).toArray()));
  }
}
