// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.programs;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.lowering.CapacityPolicy;
import sae4j.backends.tornadovm.lowering.Lowering;
import sae4j.backends.tornadovm.lowering.PlannedLaunch;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.MatrixForm;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.programs.PhaseTimer.Phase;
import sae4j.backends.tornadovm.recording.Recording;
import sae4j.backends.tornadovm.residence.Transfers;

/// Lowers recordings and runs them. A recording is lowered again if its codes have overflowed.
public final class Programs implements AutoCloseable {
  /// How often codes may overflow before all of them are dense. A larger capacity is chosen for the
  /// density that was seen, but the codes of an earlier call may change those of a later one.
  private static final int ATTEMPTS = 3;

  private static final CapacityPolicy ALL_DENSE = new CapacityPolicy(0);

  private final Engine engine;
  private final Transfers transfers = new Transfers();
  private final PhaseTimer timer = new PhaseTimer();
  private final CapacityPolicy inSteps;
  private final CapacityPolicy computing;
  private final CapacityPolicy outside;
  private final ProgramCache cache;

  /// The program of the last step, which the next step is likely to need again.
  private volatile @Nullable Program expecting;

  /// @param inSteps decides on the codes of steps
  /// @param computing decides on the codes of work whose results are read
  /// @param outside decides on the codes of single operations
  public Programs(
      Engine engine, CapacityPolicy inSteps, CapacityPolicy computing, CapacityPolicy outside) {
    this.engine = engine;
    this.inSteps = inSteps;
    this.computing = computing;
    this.outside = outside;
    this.cache = new ProgramCache(engine, transfers);
  }

  /// What has moved between host and device so far.
  public Transfers.Count transfers() {
    return transfers.count();
  }

  /// Where the time goes.
  public PhaseTimer timer() {
    return timer;
  }

  /// How many programs have been compiled so far.
  public long compilations() {
    return cache.compilations();
  }

  /// How many runs were repeated because codes had overflowed.
  public long overflows() {
    return inSteps.overflows() + computing.overflows() + outside.overflows();
  }

  /// Runs a step.
  ///
  /// @param wanted 1×1 results
  /// @return their values
  public double[] step(Recording recording, List<DeviceMatrix> wanted) {
    Memory<float[]> results = Memory.result(ElementType.FLOAT32, Math.max(1, wanted.size()));
    execute(
        recording,
        inSteps,
        true,
        lowering -> {
          lowering.collect(wanted, results);
          return wanted.isEmpty() ? Set.of() : Set.of(results);
        });
    double[] values = new double[wanted.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = results.array()[i];
    }
    return values;
  }

  /// Runs work whose results are matrices, which then have their values.
  public void compute(Recording recording, List<DeviceMatrix> wanted) {
    execute(
        recording,
        computing,
        true,
        lowering -> {
          Set<Memory<?>> outputs = new LinkedHashSet<>();
          for (DeviceMatrix matrix : wanted) {
            MatrixForm form = lowering.own(matrix);
            matrix.computed(form);
            outputs.addAll(pending(form));
          }
          return outputs;
        });
  }

  /// Runs one operation at once.
  public void run(Recording.Entry operation) {
    timer.begin();
    execute(
        new Recording(operation),
        outside,
        false,
        lowering ->
            switch (operation) {
              case Recording.Changed _ -> Set.of();
              case Recording.Computed(DeviceMatrix result, _) -> {
                MatrixForm form = lowering.computed(result);
                result.computed(form);
                yield pending(form);
              }
            });
  }

  private static Set<Memory<?>> pending(MatrixForm form) {
    Set<Memory<?>> pending = new LinkedHashSet<>(form.memories());
    pending.removeIf(memory -> !memory.isPending());
    return pending;
  }

  /// Announces values that the next step will upload.
  public void expect(float[] values, int count) {
    Program program = expecting;
    if (program != null) {
      program.expect(values, count);
    }
  }

  /// @param outputs chooses what a run gives out, after the recording is lowered
  private void execute(
      Recording recording,
      CapacityPolicy preferred,
      boolean inStep,
      Function<Lowering, Set<Memory<?>>> outputs) {
    for (int attempt = 0; ; attempt++) {
      Lowering lowering = new Lowering(attempt < ATTEMPTS ? preferred : ALL_DENSE);
      lowering.lower(recording);
      Set<Memory<?>> results = new LinkedHashSet<>(outputs.apply(lowering));
      List<PlannedLaunch> launches = lowering.finish();
      List<Memory<?>> empty =
          results.stream()
              .filter(result -> launches.stream().noneMatch(l -> l.arguments().contains(result)))
              .toList();
      empty.forEach(Memory::computedAsZeros);
      results.removeAll(empty);
      if (launches.isEmpty() || succeeds(lowering, launches, inStep, results)) {
        return;
      }
      lowering.undo();
    }
  }

  /// Runs the launches, and says whether all codes found a place.
  private boolean succeeds(
      Lowering lowering, List<PlannedLaunch> launches, boolean inStep, Set<Memory<?>> results) {
    Set<Memory<?>> outputs = new LinkedHashSet<>(results);
    if (!lowering.reports().isEmpty()) {
      outputs.add(lowering.reports().status());
    }
    MemoryPlan plan = new MemoryPlan(launches, lowering.written(), outputs, inStep, engine);
    Program program = cache.of(plan);
    Program before = expecting;
    if (before != program && before != null) {
      before.forgetInputs();
    }
    expecting = inStep ? program : null;
    timer.end(Phase.PLANNING);
    program.run(plan, outputs, timer);
    if (!lowering.reports().isEmpty() && lowering.reports().readAfterRun()) {
      results.forEach(Memory::discard);
      return false;
    }
    program.commit(plan, lowering.written());
    return true;
  }

  @Override
  public void close() {
    cache.close();
    engine.close();
  }
}
