// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.recording;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;

/// Operations in the order in which they were called.
public final class Recording {
  /// One call.
  public sealed interface Entry {}

  /// An operation with a result.
  public record Computed(DeviceMatrix result, Operation.Computation operation) implements Entry {}

  /// An operation that changes a parameter.
  public record Changed(Operation.Change operation) implements Entry {}

  private final List<Entry> entries = new ArrayList<>();

  /// A recording without operations.
  public Recording() {}

  /// A recording of one operation.
  public Recording(Entry entry) {
    entries.add(entry);
  }

  /// Adds an operation.
  public void add(Entry entry) {
    entries.add(entry);
  }

  /// The operations so far.
  public List<Entry> entries() {
    return Collections.unmodifiableList(entries);
  }
}
