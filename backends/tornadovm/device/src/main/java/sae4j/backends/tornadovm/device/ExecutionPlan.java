// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.List;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/// TornadoVM's execution plan of some graphs, of which one is executed at a time. A graph finds the
/// arrays that it consumes in the graph that was executed before it in this plan.
final class ExecutionPlan {
  private final TornadoExecutionPlan plan;

  /// A plan whose tasks need no threads of their own.
  ExecutionPlan(ImmutableTaskGraph graph, TornadoDevice device) {
    this.plan = new TornadoExecutionPlan(graph);
    plan.withDevice(device);
  }

  ExecutionPlan(List<ImmutableTaskGraph> graphs, TornadoDevice device, GridScheduler grid) {
    this.plan = new TornadoExecutionPlan(graphs.toArray(ImmutableTaskGraph[]::new));
    plan.withDevice(device).withGridScheduler(grid);
  }

  /// Executes a graph, and waits until it is done.
  ///
  /// @throws IllegalStateException with one line for the user
  TornadoExecutionResult execute(int graph) {
    try {
      return plan.withGraph(graph).execute();
    } catch (RuntimeException failure) {
      String said = TornadoDevices.oneLine(failure);
      boolean memory =
          failure instanceof TornadoOutOfMemoryException
              || said.contains("Unable to allocate")
              || said.contains("OUT_OF_MEMORY");
      throw new IllegalStateException(
          memory
              ? "out of device memory (%s); use a smaller batch or dictionary".formatted(said)
              : "TornadoVM cannot run this on the device: " + said,
          failure);
    }
  }

  /// Copies an array of a graph that has been executed to the host.
  void download(TornadoExecutionResult result, int graph, Object array) {
    // TornadoVM asks only the graph that was selected last
    plan.withGraph(graph);
    result.transferToHost(array);
  }

  /// Frees what a graph has of its own.
  void close(int graph) {
    try {
      plan.withGraph(graph);
      plan.close();
    } catch (TornadoExecutionPlanException failure) {
      throw new IllegalStateException("TornadoVM cannot free a graph", failure);
    }
  }
}
