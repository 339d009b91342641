// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import sae4j.backends.tornadovm.engine.Residence;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Arrays on the device that any number of execution plans use.
///
/// TornadoVM shares memory between the graphs of one plan. The arrays therefore belong to a graph
/// of their own that moves nothing, and every plan that uses them begins with that graph. Plans
/// that fill and read the arrays in pieces begin with it, too.
final class TornadoResidence implements Residence {
  private static final AtomicLong NAMES = new AtomicLong();

  /// Values that are moved at a time.
  private static final int PIECE = 1 << 24;

  final String name = "r" + NAMES.incrementAndGet();
  final ImmutableTaskGraph graph;
  private final List<float[]> arrays;
  private final TornadoDevice device;
  private final ExecutionPlan holder;
  private final FloatArray staging;
  private final IntArray where = new IntArray(2);
  private final IdentityHashMap<float[], ExecutionPlan> uploading = new IdentityHashMap<>();
  private final IdentityHashMap<float[], ExecutionPlan> downloading = new IdentityHashMap<>();

  TornadoResidence(List<float[]> arrays, TornadoDevice device) {
    this.arrays = List.copyOf(arrays);
    this.device = device;
    int longest = arrays.stream().mapToInt(array -> array.length).max().orElse(1);
    this.staging = new FloatArray(Math.min(PIECE, longest));
    TaskGraph own = new TaskGraph(name);
    own.transferToDevice(DataTransferMode.UNDER_DEMAND, arrays.toArray());
    Touch.all(own, arrays);
    own.persistOnDevice(arrays.toArray());
    this.graph = own.snapshot();
    this.holder = new ExecutionPlan(graph, device);
    holder.execute(0);
  }

  @Override
  public List<float[]> arrays() {
    return arrays;
  }

  @Override
  public void upload(float[] array) {
    ExecutionPlan plan = uploading.computeIfAbsent(array, each -> passage(each, "in"));
    for (int first = 0; first < array.length; first += staging.getSize()) {
      int count = Math.min(staging.getSize(), array.length - first);
      where.set(0, count);
      where.set(1, first);
      Staging.put(array, first, staging, count);
      plan.execute(1);
    }
  }

  @Override
  public void download(float[] array) {
    ExecutionPlan plan = downloading.computeIfAbsent(array, each -> passage(each, "out"));
    for (int first = 0; first < array.length; first += staging.getSize()) {
      int count = Math.min(staging.getSize(), array.length - first);
      where.set(0, count);
      where.set(1, first);
      plan.execute(1);
      Staging.take(staging, array, first, count);
    }
  }

  /// A plan that moves a piece of an array.
  private ExecutionPlan passage(float[] array, String direction) {
    GridScheduler grid = new GridScheduler();
    Tasks tasks = new Tasks(name + direction + arrays.indexOf(array), grid, device);
    tasks.graph.consumeFromDevice(name, array);
    tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, where);
    String id = tasks.next(staging.getSize());
    if (direction.equals("in")) {
      tasks.graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, staging);
      tasks.graph.task(id, Copies::floatsIn, where, staging, array);
    } else {
      tasks.graph.task(id, Copies::floatsOut, where, array, staging);
      tasks.graph.transferToHost(DataTransferMode.EVERY_EXECUTION, staging);
    }
    ExecutionPlan plan = new ExecutionPlan(List.of(graph, tasks.graph.snapshot()), device, grid);
    plan.execute(0);
    return plan;
  }

  @Override
  public void close() {
    List<ExecutionPlan> passages = new ArrayList<>(uploading.values());
    passages.addAll(downloading.values());
    passages.forEach(plan -> plan.close(1));
    holder.close(0);
  }
}
