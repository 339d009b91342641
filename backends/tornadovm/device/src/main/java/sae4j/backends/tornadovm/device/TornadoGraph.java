package sae4j.backends.tornadovm.device;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.Engine;
import sae4j.backends.tornadovm.Engine.Blueprint;
import sae4j.backends.tornadovm.Engine.Launch;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/// A blueprint as one execution plan. With resident arrays it has two graphs: `load` moves them to
/// the device and keeps them there, `run` consumes them. TornadoVM uploads what is marked as such
/// at the first execution only, so a graph of its own is how numbers changed on the host get there
/// again.
final class TornadoGraph implements Engine.Executable {
  private static final AtomicLong NAMES = new AtomicLong();
  private static final int WORK_GROUP = 256;

  private final TornadoExecutionPlan plan;
  private final int runIndex;
  private @Nullable TornadoExecutionResult lastRun;

  TornadoGraph(Blueprint blueprint, TornadoEngine engine, TornadoDevice device) {
    String name = "g" + NAMES.incrementAndGet();
    GridScheduler grid = new GridScheduler();
    List<ImmutableTaskGraph> graphs = new ArrayList<>();
    Object[] resident = blueprint.resident().toArray();
    TaskGraph run = new TaskGraph(name + "run");
    if (resident.length > 0) {
      graphs.add(load(name + "load", blueprint.resident()).snapshot());
      run.consumeFromDevice(name + "load", resident);
    }
    run.transferToDevice(DataTransferMode.EVERY_EXECUTION, blueprint.in().toArray());
    run.transferToDevice(DataTransferMode.FIRST_EXECUTION, blueprint.temporary().toArray());
    int number = 0;
    for (Launch launch : blueprint.launches()) {
      String id = "t" + number++;
      engine.addTask(run, id, launch);
      grid.addWorkerGrid(name + "run." + id, workers(launch.threads()));
    }
    run.transferToHost(DataTransferMode.EVERY_EXECUTION, blueprint.out().toArray());
    if (resident.length > 0) {
      run.transferToHost(DataTransferMode.UNDER_DEMAND, resident);
    }
    graphs.add(run.snapshot());
    runIndex = graphs.size() - 1;
    plan = new TornadoExecutionPlan(graphs.toArray(ImmutableTaskGraph[]::new));
    plan.withDevice(device).withGridScheduler(grid);
  }

  private static TaskGraph load(String name, List<Object> resident) {
    TaskGraph load = new TaskGraph(name);
    load.transferToDevice(DataTransferMode.EVERY_EXECUTION, resident.toArray());
    float[] seen = new float[1];
    load.transferToDevice(DataTransferMode.FIRST_EXECUTION, seen);
    int number = 0;
    for (Object array : resident) {
      String id = "t" + number++;
      switch (array) {
        case int[] ints -> load.task(id, Touch::ints, ints, seen);
        default -> load.task(id, Touch::floats, (float[]) array, seen);
      }
    }
    load.persistOnDevice(resident.toArray());
    load.transferToHost(DataTransferMode.UNDER_DEMAND, seen);
    return load;
  }

  private static WorkerGrid workers(int threads) {
    WorkerGrid workers = new WorkerGrid1D(threads);
    workers.setLocalWork(WORK_GROUP, 1, 1);
    return workers;
  }

  @Override
  public void load() {
    if (runIndex > 0) {
      execute(0);
    }
  }

  @Override
  public void run() {
    lastRun = execute(runIndex);
  }

  private TornadoExecutionResult execute(int graph) {
    try {
      return plan.withGraph(graph).execute();
    } catch (RuntimeException failure) {
      String said = TornadoDevices.oneLine(failure);
      boolean memory =
          failure instanceof TornadoOutOfMemoryException || said.contains("Unable to allocate");
      throw new IllegalStateException(
          memory
              ? "out of device memory (%s); use a smaller batch or dictionary".formatted(said)
              : "TornadoVM cannot run this on the device: " + said,
          failure);
    }
  }

  @Override
  public void fetch(Object array) {
    TornadoExecutionResult ran = lastRun;
    if (ran == null) {
      throw new IllegalStateException("a graph that has not run holds nothing to fetch");
    }
    // only the graph that was selected last is asked
    plan.withGraph(runIndex);
    ran.transferToHost(array);
  }

  @Override
  public void close() {
    try {
      plan.freeDeviceMemory().close();
    } catch (TornadoExecutionPlanException failure) {
      throw new IllegalStateException("TornadoVM cannot free a graph", failure);
    }
  }
}
