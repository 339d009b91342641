// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.models.HookPoint;
import sae4j.models.HookPoint.Site;

/// Finds the hook points of an exported transformer by the structure of its graph, whatever its
/// tensors are called.
///
/// The residual stream r begins at the Gather that looks token ids up in the embedding, or behind a
/// factor (Gemma, Granite) or a norm (BLOOM) that follows it. A block adds to it: r′ = r + f(r),
/// where f contains a matrix product. What f contains decides what it is:
///
/// - with a softmax of scores or an attention operator it is attention, and a block begins;
/// - without them it is the MLP, and the block ends;
/// - as a sum of both it is a complete block, in which attention and MLP run in parallel.
public final class ResidualStream {
  private static final Set<String> PRODUCTS =
      Set.of("MatMul", "Gemm", "FusedMatMul", "MatMulNBits", "MatMulInteger", "Conv");
  private static final Set<String> ATTENTION =
      Set.of("Attention", "MultiHeadAttention", "GroupQueryAttention", "FlashAttention");
  private static final Set<String> RESHAPES = Set.of("Reshape", "Flatten");
  private static final Set<String> TRANSPARENT = Set.of("Identity", "Cast", "Dropout");

  private final Graph graph;
  private final Map<String, Node> producers;
  private final Map<String, List<Node>> readers = new HashMap<>();
  private final SortedMap<HookPoint, String> hooks = new TreeMap<>();
  private final Set<HookPoint> flat = new HashSet<>();

  private ResidualStream(Graph graph) {
    this.graph = graph;
    this.producers = graph.producers();
    for (Node node : graph.nodes()) {
      node.reads()
          .forEach(tensor -> readers.computeIfAbsent(tensor, t -> new ArrayList<>()).add(node));
    }
  }

  /// What was found.
  ///
  /// @param beginning what the lookup of the embedding gives
  /// @param hooks the tensor at each hook point
  /// @param flat those whose tensor is a list of all tokens of the batch, [B·T, D]
  /// @param vocabulary V, the rows of the token embedding
  /// @param width D, its columns
  /// @param positions the number of learned positions, if there is a table of them
  public record Found(
      String beginning,
      SortedMap<HookPoint, String> hooks,
      Set<HookPoint> flat,
      int vocabulary,
      int width,
      Optional<Integer> positions) {}

  /// Follows the stream from the ids to its last sum.
  ///
  /// @param ids the input for token ids
  /// @throws IllegalArgumentException saying what was looked for, if there is no embedding or no
  ///     block
  public static Found find(Graph graph, String ids) {
    return new ResidualStream(graph).find(ids);
  }

  private Found find(String ids) {
    Node lookup = embeddingLookup(ids);
    long[] embedding =
        table(lookup.inputs().getFirst())
            .orElseThrow(
                () ->
                    new IllegalArgumentException("the table of token embeddings is not a weight"));
    Optional<Integer> positions = Optional.empty();
    String stream = beginning(lookup.outputs().getFirst());
    int layer = 0;
    boolean inBlock = false;
    for (Optional<Sum> next = next(stream); next.isPresent(); next = next(stream)) {
      Sum sum = next.get();
      if (sum.kind == Kind.EMBEDDING) {
        if (layer == 0 && !inBlock) {
          positions = Optional.of(sum.rows);
        }
        stream = sum.output;
        continue;
      }
      if (!inBlock) {
        hooks.put(new HookPoint(layer, Site.RESID_PRE), stream);
      }
      switch (sum.kind) {
        case ATTENTION -> {
          hooks.put(new HookPoint(layer, Site.ATTN_OUT), sum.branch);
          hooks.put(new HookPoint(layer, Site.RESID_MID), sum.output);
        }
        case MLP -> {
          HookPoint mlp = new HookPoint(layer, Site.MLP_OUT);
          hooks.put(mlp, sum.branch);
          if (sum.flat) {
            flat.add(mlp);
          }
        }
        case PARALLEL, EMBEDDING -> {}
      }
      stream = sum.flat ? reshaped(sum.output) : sum.output;
      inBlock = sum.kind == Kind.ATTENTION;
      if (!inBlock) {
        hooks.put(new HookPoint(layer++, Site.RESID_POST), stream);
      }
    }
    if (layer == 0) {
      throw new IllegalArgumentException(
          "no residual stream: looked for sums r + f(r) with a matrix product in f, from '"
              + lookup.outputs().getFirst()
              + "' on");
    }
    return new Found(
        lookup.outputs().getFirst(),
        hooks,
        Set.copyOf(flat),
        (int) embedding[0],
        (int) embedding[1],
        positions);
  }

  /// The first tensor behind the lookup, itself included, to which something is added.
  private String beginning(String lookup) {
    Set<String> behind = new LinkedHashSet<>(Set.of(lookup));
    for (Node node : graph.nodes()) {
      if (node.reads().stream().anyMatch(behind::contains)
          && !PRODUCTS.contains(node.op())
          && !node.op().equals("Shape")) {
        behind.add(node.outputs().getFirst());
      }
    }
    return behind.stream().filter(each -> next(each).isPresent()).findFirst().orElse(lookup);
  }

  private enum Kind {
    EMBEDDING,
    ATTENTION,
    MLP,
    PARALLEL
  }

  /// r + branch.
  ///
  /// @param flat whether it was computed of all tokens of the batch in one list, [B·T, D]
  private record Sum(String branch, String output, Kind kind, int rows, boolean flat) {
    Sum flattened() {
      return new Sum(branch, output, kind, rows, true);
    }
  }

  /// What a list of all tokens becomes when it is split into sequences again.
  private String reshaped(String list) {
    List<Node> read = readers.getOrDefault(list, List.of());
    return read.size() == 1 && RESHAPES.contains(read.getFirst().op())
        ? read.getFirst().outputs().getFirst()
        : list;
  }

  private Node embeddingLookup(String ids) {
    Deque<String> open = new ArrayDeque<>(List.of(ids));
    Set<String> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      for (Node node : readers.getOrDefault(open.pop(), List.of())) {
        boolean table = node.op().equals("Gather") && table(node.inputs().getFirst()).isPresent();
        if (table && seen.contains(node.inputs().get(1))) {
          return node;
        }
        if (Set.of("Cast", "Reshape", "Identity").contains(node.op())
            && seen.add(node.outputs().getFirst())) {
          open.add(node.outputs().getFirst());
        }
      }
    }
    throw new IllegalArgumentException(
        "no token embedding: looked for a Gather of a weight [V, D] by input '" + ids + "'");
  }

  /// The shape of the matrix that a tensor is, or that it is cast or transposed from.
  private Optional<long[]> table(String tensor) {
    GraphWeight weight = graph.weights().get(tensor);
    Node producer = producers.get(tensor);
    if (weight == null && producer != null) {
      Optional<long[]> from = table(producer.inputs().getFirst());
      return TRANSPARENT.contains(producer.op())
          ? from
          : from.filter(_ -> producer.op().equals("Transpose"))
              .map(dims -> new long[] {dims[1], dims[0]});
    }
    return Optional.ofNullable(weight).map(GraphWeight::dims).filter(dims -> dims.length == 2);
  }

  private Optional<Sum> next(String stream) {
    Set<String> names = new HashSet<>(Set.of(stream));
    Set<String> lists = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(names);
    while (!open.isEmpty()) {
      String tensor = open.pop();
      for (Node node : readers.getOrDefault(tensor, List.of())) {
        boolean reshapes = RESHAPES.contains(node.op()) && node.inputs().getFirst().equals(tensor);
        String output = node.outputs().getFirst();
        if ((TRANSPARENT.contains(node.op()) || reshapes) && names.add(output)) {
          open.add(output);
          if (reshapes || lists.contains(tensor)) {
            lists.add(output);
          }
        }
      }
    }
    for (Node node : graph.nodes()) {
      if (!node.op().equals("Add") || node.inputs().stream().noneMatch(names::contains)) {
        continue;
      }
      String branch =
          names.contains(node.inputs().get(0)) ? node.inputs().get(1) : node.inputs().get(0);
      Optional<Sum> sum = classify(names, branch, node.outputs().getFirst());
      if (sum.isPresent()) {
        boolean flat = node.inputs().stream().anyMatch(lists::contains);
        return flat ? sum.map(Sum::flattened) : sum;
      }
    }
    return Optional.empty();
  }

  private Optional<Sum> classify(Set<String> stream, String branch, String output) {
    Branch walked = walk(stream, branch);
    if (walked.product && walked.meetsStream) {
      if (!walked.attention) {
        return Optional.of(new Sum(branch, output, Kind.MLP, 0, false));
      }
      return Optional.of(
          new Sum(
              branch, output, parallel(stream, branch) ? Kind.PARALLEL : Kind.ATTENTION, 0, false));
    }
    if (!walked.meetsStream && walked.positionRows > 0 && !walked.product) {
      return Optional.of(new Sum(branch, output, Kind.EMBEDDING, walked.positionRows, false));
    }
    return Optional.empty();
  }

  /// Whether the branch is itself a sum of attention and of something with a product and no
  /// attention.
  private boolean parallel(Set<String> stream, String branch) {
    Node sum = producers.get(branch);
    while (sum != null && TRANSPARENT.contains(sum.op())) {
      sum = producers.get(sum.inputs().getFirst());
    }
    if (sum == null || !sum.op().equals("Add")) {
      return false;
    }
    Branch left = walk(stream, sum.inputs().get(0));
    Branch right = walk(stream, sum.inputs().get(1));
    if (!left.product || !right.product || left.attention == right.attention) {
      return false;
    }
    int layer =
        (int) hooks.keySet().stream().filter(hook -> hook.site() == Site.RESID_POST).count();
    hooks.put(new HookPoint(layer, Site.ATTN_OUT), sum.inputs().get(left.attention ? 0 : 1));
    hooks.put(new HookPoint(layer, Site.MLP_OUT), sum.inputs().get(left.attention ? 1 : 0));
    return true;
  }

  /// Whether a node is a softmax of products of two computed tensors. The router of a mixture of
  /// experts has a softmax, too, of a product with a weight.
  private boolean isOfScores(Node softmax) {
    if (!softmax.op().equals("Softmax")) {
      return false;
    }
    Deque<String> open = new ArrayDeque<>(softmax.inputs());
    Set<String> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      Node node = producers.get(open.pop());
      if (node == null || node.op().equals("Shape")) {
        continue;
      }
      if (!PRODUCTS.contains(node.op())) {
        node.reads().stream().filter(seen::add).forEach(open::add);
      } else if (table(node.inputs().get(1)).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /// What lies between the stream and a tensor.
  private record Branch(
      boolean meetsStream, boolean product, boolean attention, int positionRows) {}

  private Branch walk(Set<String> stream, String from) {
    boolean meets = false;
    boolean product = false;
    boolean attention = false;
    int rows = 0;
    Deque<String> open = new ArrayDeque<>(List.of(from));
    Set<String> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      String tensor = open.pop();
      if (stream.contains(tensor)) {
        meets = true;
        continue;
      }
      Node node = producers.get(tensor);
      if (node == null || node.op().equals("Shape")) {
        continue;
      }
      product |= PRODUCTS.contains(node.op());
      attention |= ATTENTION.contains(node.op()) || isOfScores(node);
      if (node.op().equals("Gather")) {
        rows = Math.max(rows, table(node.inputs().getFirst()).map(dims -> (int) dims[0]).orElse(0));
      }
      node.reads().stream().filter(seen::add).forEach(open::add);
    }
    return new Branch(meets, product, attention, rows);
  }
}
