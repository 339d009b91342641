// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.engine.Blueprint;
import sae4j.backends.tornadovm.engine.Executable;
import sae4j.backends.tornadovm.engine.KernelCall;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;

/// A blueprint as task graphs of TornadoVM. The graph `load` holds the arrays that stay on the
/// device, and one or several graphs `run` execute the calls. Arrays that are shared with other
/// blueprints come to `load` from a [TornadoResidence].
///
/// Each `run` has an execution plan of its own that begins with the same `load`, because within a
/// plan a graph finds only the arrays of the graph before it.
final class TornadoGraph implements Executable {
  private static final AtomicLong NAMES = new AtomicLong();

  private static final int LARGE_INPUT = 1 << 20;

  private final @Nullable TornadoResidence shared;
  private final List<ExecutionPlan> plans = new ArrayList<>();

  /// The plan that moves large inputs, or null if there are none.
  private @Nullable ExecutionPlan inputs;

  private final List<Object> ahead;
  private final List<Object> withLaunches;
  private final IdentityHashMap<Object, Staging> stagings = new IdentityHashMap<>();
  private final int load;
  private final int run;
  private final Map<ExecutionPlan, TornadoExecutionResult> results = new HashMap<>();
  private final IdentityHashMap<Object, ExecutionPlan> users = new IdentityHashMap<>();
  private boolean loaded;

  TornadoGraph(Blueprint blueprint, TornadoEngine engine, TornadoDevice device) {
    this.shared = (TornadoResidence) blueprint.shared();
    requireDistinct(Pieces.arraysOf(blueprint.calls()));
    List<List<KernelCall>> pieces = Pieces.of(blueprint.calls());
    Set<Object> fromResidence = Pieces.identities();
    if (shared != null) {
      fromResidence.addAll(shared.arrays());
    }
    Set<Object> held = Pieces.identities();
    held.addAll(blueprint.resident());
    List<Object> crossing = new ArrayList<>(Pieces.crossing(pieces));
    this.ahead = blueprint.inputs().stream().filter(TornadoGraph::isLarge).toList();
    this.withLaunches = blueprint.inputs().stream().filter(array -> !isLarge(array)).toList();
    crossing.removeAll(ahead);
    crossing.addAll(ahead);
    crossing.removeIf(array -> held.contains(array) || fromResidence.contains(array));
    held.addAll(crossing);
    fromResidence.retainAll(Pieces.arraysOf(blueprint.calls()));
    held.addAll(fromResidence);
    for (Object array : concat(blueprint.inputs(), blueprint.outputs())) {
      stagings.computeIfAbsent(array, Staging::new);
    }

    String name = "g" + NAMES.incrementAndGet();
    GridScheduler grid = new GridScheduler();
    List<ImmutableTaskGraph> before = new ArrayList<>();
    if (shared != null) {
      before.add(shared.graph);
    }
    if (!held.isEmpty()) {
      before.add(holding(name + "load", blueprint.resident(), crossing, fromResidence).snapshot());
    }
    this.load = held.isEmpty() ? -1 : before.size() - 1;
    this.run = before.size();
    if (!ahead.isEmpty()) {
      Tasks tasks = new Tasks(name + "in", grid, device);
      tasks.graph.consumeFromDevice(name + "load", ahead.toArray());
      ahead.forEach(array -> staging(array).in(tasks));
      this.inputs = plan(before, tasks, engine, device, grid);
    }
    Set<Object> toCome = Pieces.identities();
    toCome.addAll(withLaunches);
    for (int i = 0; i < pieces.size(); i++) {
      Tasks tasks = new Tasks(name + "run" + i, grid, device);
      List<KernelCall> piece = pieces.get(i);
      Set<Object> arrays = Pieces.arraysOf(piece);
      consume(tasks, name + "load", arrays, held);
      for (Object array : blueprint.inputs()) {
        if (arrays.contains(array) && toCome.remove(array)) {
          staging(array).in(tasks);
        }
      }
      piece.forEach(call -> engine.add(call, tasks));
      Set<Object> later = Pieces.arraysOf(pieces.subList(i + 1, pieces.size()).stream());
      for (Object array : blueprint.outputs()) {
        if (arrays.contains(array) && !later.contains(array)) {
          staging(array).out(tasks);
        }
      }
      ExecutionPlan plan = plan(before, tasks, engine, device, grid);
      plans.add(plan);
      arrays.forEach(array -> users.putIfAbsent(array, plan));
    }
  }

  /// Checks that no two arrays have the same hash code, because TornadoVM would take them for one.
  /// With two hundred arrays that happens in one run of 100,000.
  ///
  /// @throws IllegalStateException if two have the same hash code
  static void requireDistinct(Collection<?> arrays) {
    Set<Integer> codes = new HashSet<>();
    for (Object array : arrays) {
      if (!codes.add(array.hashCode())) {
        throw new IllegalStateException(
            "two arrays of a graph have by chance the same hash code, by which TornadoVM would"
                + " confuse them; start again");
      }
    }
  }

  /// A plan that ends with these tasks.
  private static ExecutionPlan plan(
      List<ImmutableTaskGraph> before,
      Tasks tasks,
      TornadoEngine engine,
      TornadoDevice device,
      GridScheduler grid) {
    ImmutableTaskGraph graph = tasks.graph.snapshot();
    if (engine.recordsGraphs()) {
      // the switch belongs to a plan and stays with the graphs of the plan; `load` must not have
      // it, because it moves Java arrays
      new TornadoExecutionPlan(graph).withCUDAGraph();
    }
    List<ImmutableTaskGraph> graphs = new ArrayList<>(before);
    graphs.add(graph);
    return new ExecutionPlan(graphs, device, grid);
  }

  /// Whether an input takes long to move. Such inputs move in a graph of their own, after which the
  /// values of the next run can be put in their place.
  private static boolean isLarge(Object input) {
    return input instanceof float[] values && values.length >= LARGE_INPUT;
  }

  /// A graph that moves its resident arrays at every execution and holds all its arrays for others.
  private TaskGraph holding(
      String name, List<Object> resident, List<Object> crossing, Set<Object> fromResidence) {
    TaskGraph graph = new TaskGraph(name);
    if (shared != null && !fromResidence.isEmpty()) {
      graph.consumeFromDevice(shared.name, fromResidence.toArray());
    }
    graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, resident.toArray());
    graph.transferToDevice(DataTransferMode.UNDER_DEMAND, crossing.toArray());
    List<Object> all = new ArrayList<>(resident);
    all.addAll(crossing);
    graph.persistOnDevice(all.toArray());
    all.addAll(fromResidence);
    Touch.all(graph, all);
    return graph;
  }

  /// Declares the arrays of a piece: those that `load` holds are consumed from it, the others are
  /// the piece's own.
  private static void consume(Tasks tasks, String from, Set<Object> arrays, Set<Object> held) {
    List<Object> consumed = new ArrayList<>(arrays);
    consumed.removeIf(array -> !held.contains(array));
    List<Object> own = new ArrayList<>(arrays);
    own.removeIf(held::contains);
    if (!consumed.isEmpty()) {
      tasks.graph.consumeFromDevice(from, consumed.toArray());
    }
    tasks.graph.transferToDevice(DataTransferMode.UNDER_DEMAND, own.toArray());
  }

  private Staging staging(Object array) {
    Staging staging = stagings.get(array);
    if (staging == null) {
      throw new IllegalStateException("an array that is neither an input nor an output");
    }
    return staging;
  }

  private static List<Object> concat(List<Object> a, List<Object> b) {
    List<Object> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  @Override
  public void upload() {
    // within a plan `run` finds its arrays only after `load` was executed once in this plan
    List<ExecutionPlan> unaware = new ArrayList<>(loaded ? plans.subList(0, 1) : plans);
    if (inputs != null && !loaded) {
      unaware.add(inputs);
    }
    for (ExecutionPlan plan : unaware) {
      if (shared != null) {
        plan.execute(0);
      }
      if (load >= 0) {
        plan.execute(load);
      }
    }
    loaded = true;
  }

  @Override
  public void download(Object resident) {
    ExecutionPlan plan = users.get(resident);
    TornadoExecutionResult result = results.get(plan);
    if (plan == null || result == null) {
      throw new IllegalStateException("a graph that has not run holds nothing to download");
    }
    plan.download(result, run, resident);
  }

  @Override
  public void put(Object input, Object values, int count) {
    staging(input).put(values, count);
  }

  @Override
  public void run(Consumer<Object> taken) {
    if (inputs != null) {
      inputs.execute(run);
      ahead.forEach(taken);
    }
    for (ExecutionPlan plan : plans) {
      results.put(plan, plan.execute(run));
    }
    withLaunches.forEach(taken);
  }

  @Override
  public void take(Object output, Object values, int count) {
    staging(output).take(values, count);
  }

  @Override
  public void close() {
    if (inputs != null) {
      inputs.close(run);
    }
    plans.forEach(plan -> plan.close(run));
    if (load >= 0) {
      plans.getFirst().close(load);
    }
  }
}
