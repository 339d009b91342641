package sae4j.backends.tornadovm.device;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
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

/// A blueprint as task graphs of TornadoVM's: `load` holds what stays on the device, `run` executes
/// the launches. What is shared with other graphs, `load` has from its [TornadoResidence].
///
/// TornadoVM's graphs have room for some 150 tasks, so a blueprint may take several `run` graphs.
/// Each has an execution plan of its own, all with the same `load`, because a graph finds in a plan
/// only what the graph before it has.
final class TornadoGraph implements Executable {
  private static final AtomicLong NAMES = new AtomicLong();

  /// Bytes of TornadoVM's description of a graph that tasks may take, of 8,192.
  private static final int ROOM = 6_000;

  private static final int LARGE_INPUT = 1 << 20;

  private final @Nullable TornadoResidence shared;
  private final List<ExecutionPlan> plans = new ArrayList<>();

  /// Moves large inputs by themselves.
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
    requireDistinct(arraysOf(blueprint.calls()));
    List<List<KernelCall>> pieces = pieces(blueprint.calls());
    Set<Object> fromResidence = identities();
    if (shared != null) {
      fromResidence.addAll(shared.arrays());
    }
    Set<Object> held = identities();
    held.addAll(blueprint.resident());
    List<Object> crossing = new ArrayList<>(crossing(pieces));
    this.ahead = blueprint.inputs().stream().filter(TornadoGraph::isLarge).toList();
    this.withLaunches = blueprint.inputs().stream().filter(array -> !isLarge(array)).toList();
    crossing.removeAll(ahead);
    crossing.addAll(ahead);
    crossing.removeIf(array -> held.contains(array) || fromResidence.contains(array));
    held.addAll(crossing);
    fromResidence.retainAll(arraysOf(blueprint.calls()));
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
    Set<Object> toCome = identities();
    toCome.addAll(withLaunches);
    for (int i = 0; i < pieces.size(); i++) {
      Tasks tasks = new Tasks(name + "run" + i, grid, device);
      List<KernelCall> piece = pieces.get(i);
      Set<Object> arrays = arraysOf(piece);
      consume(tasks, name + "load", arrays, held);
      for (Object array : blueprint.inputs()) {
        if (arrays.contains(array) && toCome.remove(array)) {
          staging(array).in(tasks);
        }
      }
      piece.forEach(call -> engine.add(call, tasks));
      Set<Object> later = arraysOf(pieces.subList(i + 1, pieces.size()).stream());
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

  /// TornadoVM tells arrays apart by their hash codes, and would take two with the same for one.
  ///
  /// @throws IllegalStateException if it would; of two hundred arrays in one run of 100,000
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
      // the switch belongs to a plan and stays with its graphs: `load` must not have it, because
      // what it moves are Java's arrays
      new TornadoExecutionPlan(graph).withCUDAGraph();
    }
    List<ImmutableTaskGraph> graphs = new ArrayList<>(before);
    graphs.add(graph);
    return new ExecutionPlan(graphs, device, grid);
  }

  /// Whether an input takes so long to move that it has a graph of its own, after which the next
  /// one can be put in its place.
  private static boolean isLarge(Object input) {
    return input instanceof float[] values && values.length >= LARGE_INPUT;
  }

  /// A graph that moves its own arrays at every execution, and gives all of them to others.
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

  /// Says where a piece's arrays are: held by `load`, or its own.
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

  // ---------------------------------------------------------------------------------- pieces

  private static List<List<KernelCall>> pieces(List<KernelCall> calls) {
    List<List<KernelCall>> pieces = new ArrayList<>();
    int room = 0;
    for (KernelCall call : calls) {
      // a library task has 13 arguments
      int bytes = 16 + 5 * Math.max(13, call.arguments().size() + 1);
      if (room < bytes) {
        pieces.add(new ArrayList<>());
        room = ROOM;
      }
      pieces.getLast().add(call);
      room -= bytes;
    }
    return pieces;
  }

  private static Set<Object> identities() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  private static Set<Object> arraysOf(Collection<KernelCall> calls) {
    Set<Object> arrays = identities();
    calls.forEach(call -> arrays.addAll(call.arguments()));
    return arrays;
  }

  private static Set<Object> arraysOf(Stream<List<KernelCall>> pieces) {
    Set<Object> arrays = identities();
    pieces.forEach(piece -> arrays.addAll(arraysOf(piece)));
    return arrays;
  }

  /// Arrays that more than one piece uses.
  private static Set<Object> crossing(List<List<KernelCall>> pieces) {
    Set<Object> seen = identities();
    Set<Object> crossing = identities();
    for (List<KernelCall> piece : pieces) {
      Set<Object> here = arraysOf(piece);
      for (Object array : here) {
        if (seen.contains(array)) {
          crossing.add(array);
        }
      }
      seen.addAll(here);
    }
    return crossing;
  }

  private static List<Object> concat(List<Object> a, List<Object> b) {
    List<Object> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  // ------------------------------------------------------------------------------------- running

  @Override
  public void upload() {
    // a plan's `run` finds its arrays after `load` was executed in this plan once
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
      throw new IllegalStateException("a graph that has not run holds nothing to fetch");
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
