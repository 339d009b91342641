package sae4j.backends.tornadovm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.Form.Sparse;
import sae4j.backends.tornadovm.Form.SparseTransposed;

/// Lowers recordings, compiles each program once, keeps it and runs it.
final class Programs implements AutoCloseable {
  /// A program that has not run for so many others is given up.
  private static final int KEPT = 256;

  /// How often codes may overflow before all are dense: a capacity that was too small is followed
  /// by one for the density that was seen, which itself may change what comes after it.
  private static final int ATTEMPTS = 3;

  private static final CodesPolicy ALL_DENSE = new CodesPolicy(0);

  private final Engine engine;
  private final Transfers transfers = new Transfers();
  private final Phases phases = new Phases();
  private final CodesPolicy inSteps;
  private final CodesPolicy computing;
  private final CodesPolicy outside;
  private final Map<Plan.Key, Program> programs = new LinkedHashMap<>(64, 0.75f, true);
  private final List<Household> households = new ArrayList<>();
  private long compilations;

  /// The program of the last step, which the next step is likely to need again.
  private volatile @Nullable Program expecting;

  /// @param inSteps the codes of steps
  /// @param computing the codes of work whose results are read
  /// @param outside the codes of operations by themselves
  Programs(Engine engine, CodesPolicy inSteps, CodesPolicy computing, CodesPolicy outside) {
    this.engine = engine;
    this.inSteps = inSteps;
    this.computing = computing;
    this.outside = outside;
  }

  Transfers.Count transfers() {
    return transfers.count();
  }

  Phases phases() {
    return phases;
  }

  long compilations() {
    return compilations;
  }

  long overflows() {
    return inSteps.overflows() + computing.overflows() + outside.overflows();
  }

  /// Runs a step.
  ///
  /// @param wanted 1×1 results
  /// @return their values
  double[] step(Recording recording, List<DeviceMatrix> wanted) {
    Memory results = Memory.result(false, Math.max(1, wanted.size()));
    double[] values = new double[wanted.size()];
    execute(
        recording,
        inSteps,
        true,
        lowering -> {
          for (int i = 0; i < wanted.size(); i++) {
            Dense scalar = lowering.dense(wanted.get(i));
            lowering.launch(
                "collect", 1, new int[] {1, i, scalar.offset()}, scalar.memory(), results);
          }
          return wanted.isEmpty() ? Set.of() : Set.of(results);
        });
    for (int i = 0; i < values.length; i++) {
      values[i] = results.floats()[i];
    }
    return values;
  }

  /// Runs work whose results are matrices, which then have their numbers.
  void compute(Recording recording, List<DeviceMatrix> wanted) {
    execute(
        recording,
        computing,
        true,
        lowering -> {
          Set<Memory> outputs = new LinkedHashSet<>();
          for (DeviceMatrix matrix : wanted) {
            Form form = lowering.own(matrix);
            lowering.put(matrix, form);
            matrix.form = form;
            memories(form).stream().filter(memory -> memory.array == null).forEach(outputs::add);
          }
          return outputs;
        });
  }

  /// Numbers that the next step will upload.
  void expect(float[] numbers, int count) {
    Program program = expecting;
    if (program != null) {
      program.expect(numbers, count);
    }
  }

  /// Runs one operation at once.
  void run(Recording.Operation operation) {
    Recording recording = new Recording();
    recording.operations.add(operation);
    DeviceMatrix result = operation.result();
    phases.begin();
    execute(
        recording,
        outside,
        false,
        lowering -> {
          if (result == null) {
            return Set.of();
          }
          Form form = lowering.computed(result);
          result.form = form;
          Set<Memory> outputs = new LinkedHashSet<>();
          for (Memory memory : memories(form)) {
            if (memory.array == null) {
              outputs.add(memory);
            }
          }
          return outputs;
        });
  }

  private static List<Memory> memories(Form form) {
    return switch (form) {
      case Dense dense -> List.of(dense.memory());
      case Sparse(Form.Support support, Memory values) ->
          List.of(support.columns, support.counts, values);
      case SparseTransposed(Sparse codes) -> memories(codes);
      case Form.Product product -> throw new IllegalStateException("not computed: " + product);
    };
  }

  /// What a run gives out, decided after its operations are lowered.
  private interface Outputs {
    Set<Memory> of(Lowering lowering);
  }

  private void execute(
      Recording recording, CodesPolicy preferred, boolean inStep, Outputs outputs) {
    for (int attempt = 0; ; attempt++) {
      CodesPolicy policy = attempt < ATTEMPTS ? preferred : ALL_DENSE;
      Lowering lowering = new Lowering(policy);
      for (Recording.Operation operation : recording.operations) {
        Form form = operation.lower().apply(lowering);
        DeviceMatrix result = operation.result();
        if (result != null) {
          lowering.put(result, form);
        }
      }
      Set<Memory> given = new LinkedHashSet<>(outputs.of(lowering));
      lowering.finish();
      List<Memory> withoutNumbers = new ArrayList<>();
      given.removeIf(
          memory -> {
            boolean empty =
                lowering.launches.stream().noneMatch(l -> l.arguments().contains(memory));
            if (empty) {
              withoutNumbers.add(memory);
            }
            return empty;
          });
      withoutNumbers.forEach(memory -> memory.array = Memory.allocate(memory.whole, memory.size));
      if (lowering.launches.isEmpty() || succeeds(lowering, policy, inStep, given)) {
        return;
      }
      lowering.undo();
    }
  }

  /// Whether the codes found place.
  private boolean succeeds(
      Lowering lowering, CodesPolicy policy, boolean inStep, Set<Memory> given) {
    Set<Memory> outputs = new LinkedHashSet<>(given);
    if (!lowering.reports.isEmpty()) {
      outputs.add(lowering.status);
    }
    Plan plan = new Plan(lowering, outputs, inStep, engine);
    Plan.Key key = plan.key();
    Household household = householdOf(plan.shared());
    Program program = programs.get(key);
    if (program == null) {
      program = new Program(lowering, plan, key, household, engine, transfers);
      compilations++;
      programs.put(key, program);
      giveUpOldest();
    }
    Program before = expecting;
    if (before != program && before != null) {
      before.forgetInputs();
    }
    expecting = inStep ? program : null;
    phases.end(Phases.PLANNING);
    program.run(lowering, plan, outputs, phases);
    if (!lowering.reports.isEmpty()) {
      float[] status = lowering.status.floats();
      for (Lowering.Report report : lowering.reports) {
        policy.observe(report.place(), (int) status[report.index()]);
      }
      lowering.status.array = null;
      if (status[0] > 0) {
        given.forEach(memory -> memory.array = null);
        return false;
      }
    }
    program.commit(lowering, plan);
    return true;
  }

  /// Where these parameters live. Those that a program needs together move into one household, with
  /// whoever lived with them before.
  private @Nullable Household householdOf(Set<Memory> parameters) {
    if (parameters.isEmpty()) {
      return null;
    }
    for (Household household : households) {
      if (household.members().containsAll(parameters)) {
        return household;
      }
    }
    Set<Memory> members = new LinkedHashSet<>(parameters);
    for (Household before : List.copyOf(households)) {
      if (!Collections.disjoint(before.members(), parameters)) {
        members.addAll(before.members());
        giveUp(before);
      }
    }
    Household household = new Household(members, engine, transfers);
    households.add(household);
    return household;
  }

  private void giveUp(Household household) {
    List<Program> with =
        programs.values().stream().filter(each -> each.household() == household).toList();
    programs.values().removeAll(with);
    with.forEach(Program::close);
    households.remove(household);
    household.close();
  }

  private void giveUpOldest() {
    if (programs.size() > KEPT) {
      Plan.Key oldest = programs.keySet().iterator().next();
      Program given = programs.remove(oldest);
      if (given != null) {
        given.close();
        Household household = given.household();
        if (household != null
            && programs.values().stream().noneMatch(each -> each.household() == household)) {
          giveUp(household);
        }
      }
    }
  }

  @Override
  public void close() {
    programs.values().forEach(Program::close);
    programs.clear();
    households.forEach(Household::close);
    households.clear();
    engine.close();
  }
}
