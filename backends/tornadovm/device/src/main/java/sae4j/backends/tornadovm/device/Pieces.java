// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import sae4j.backends.tornadovm.engine.KernelCall;

/// How a long sequence of calls is cut. A graph of TornadoVM has room for some 150 tasks, so more
/// calls need several graphs, and the arrays that several pieces use must be held by another graph.
final class Pieces {
  /// Bytes for tasks in TornadoVM's description of a graph, which has 8,192 in all.
  private static final int ROOM = 6_000;

  private Pieces() {}

  /// Cuts calls into pieces.
  static List<List<KernelCall>> of(List<KernelCall> calls) {
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

  /// A set in which two arrays are the same only if they are one object.
  static Set<Object> identities() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /// All arrays of these calls.
  static Set<Object> arraysOf(Collection<KernelCall> calls) {
    Set<Object> arrays = identities();
    calls.forEach(call -> arrays.addAll(call.arguments()));
    return arrays;
  }

  /// All arrays of these pieces.
  static Set<Object> arraysOf(Stream<List<KernelCall>> pieces) {
    Set<Object> arrays = identities();
    pieces.forEach(piece -> arrays.addAll(arraysOf(piece)));
    return arrays;
  }

  /// Arrays that more than one piece uses.
  static Set<Object> crossing(List<List<KernelCall>> pieces) {
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
}
