// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.programs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.residence.ResidentParameters;
import sae4j.backends.tornadovm.residence.Transfers;

/// Compiles each program once and keeps it, together with the resident parameters that programs
/// share.
final class ProgramCache implements AutoCloseable {
  /// Programs that are kept. The one that has not run for longest is evicted first.
  private static final int KEPT = 256;

  private final Engine engine;
  private final Transfers transfers;
  private final Map<MemoryPlan.Key, Program> programs = new LinkedHashMap<>(64, 0.75f, true);
  private final List<ResidentParameters> residences = new ArrayList<>();
  private long compilations;

  ProgramCache(Engine engine, Transfers transfers) {
    this.engine = engine;
    this.transfers = transfers;
  }

  long compilations() {
    return compilations;
  }

  /// The program of a plan, compiled if there is none.
  Program of(MemoryPlan plan) {
    MemoryPlan.Key key = plan.key();
    ResidentParameters residents = residentsWith(plan.shared());
    Program program = programs.get(key);
    if (program == null) {
      program = new Program(plan, key, residents, engine, transfers);
      compilations++;
      programs.put(key, program);
      evictOldest();
    }
    return program;
  }

  /// The resident parameters among which these are. Parameters that a program needs together must
  /// share one residence, so they move into a new one, with all that they shared a residence with
  /// before.
  private @Nullable ResidentParameters residentsWith(Set<Memory<float[]>> parameters) {
    if (parameters.isEmpty()) {
      return null;
    }
    for (ResidentParameters residents : residences) {
      if (residents.members().containsAll(parameters)) {
        return residents;
      }
    }
    Set<Memory<float[]>> members = new LinkedHashSet<>(parameters);
    for (ResidentParameters before : List.copyOf(residences)) {
      if (!Collections.disjoint(before.members(), parameters)) {
        members.addAll(before.members());
        evict(before);
      }
    }
    ResidentParameters residents = new ResidentParameters(members, engine, transfers);
    residences.add(residents);
    return residents;
  }

  /// Frees resident parameters, and the programs that use them.
  private void evict(ResidentParameters residents) {
    List<Program> users =
        programs.values().stream().filter(each -> each.residents() == residents).toList();
    programs.values().removeAll(users);
    users.forEach(Program::close);
    residences.remove(residents);
    residents.close();
  }

  private void evictOldest() {
    if (programs.size() > KEPT) {
      Program oldest = programs.remove(programs.keySet().iterator().next());
      if (oldest != null) {
        oldest.close();
        ResidentParameters residents = oldest.residents();
        if (residents != null
            && programs.values().stream().noneMatch(each -> each.residents() == residents)) {
          evict(residents);
        }
      }
    }
  }

  @Override
  public void close() {
    programs.values().forEach(Program::close);
    programs.clear();
    residences.forEach(ResidentParameters::close);
    residences.clear();
  }
}
