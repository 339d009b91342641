// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import java.util.ArrayList;
import java.util.List;
import sae4j.backends.tornadovm.launches.CodesLaunch;
import sae4j.backends.tornadovm.lowering.CapacityPolicy.CodesCall;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.Memory;

/// How dense the codes of a run turn out to be. A run reports in its status, which is an array on
/// the device: element 0 is by how much codes have overflowed, and each further element is the
/// number of active features in the densest row of one call.
public final class DensityReports {
  private static final int STATUS_SIZE = 64;

  /// Parts at most in which the densest row is looked for.
  private static final int PARTS = 64;

  /// Rows that are worth a part.
  private static final int ROWS_OF_A_PART = 64;

  private record Report(CodesCall call, int index) {}

  private final Memory<float[]> status = Memory.result(ElementType.FLOAT32, STATUS_SIZE);
  private final List<Report> reports = new ArrayList<>();
  private final CapacityPolicy policy;
  private final LaunchSequence launches;
  private int calls;

  DensityReports(CapacityPolicy policy, LaunchSequence launches) {
    this.policy = policy;
    this.launches = launches;
  }

  /// The status.
  public Memory<float[]> status() {
    return status;
  }

  /// Whether there is nothing to read in the status.
  public boolean isEmpty() {
    return reports.isEmpty();
  }

  /// The next ReLU or BatchTopK of the step.
  CodesCall next(int rows, int columns) {
    return new CodesCall(calls++, rows, columns);
  }

  int capacity(CodesCall call) {
    return policy.capacity(call);
  }

  /// Whether the density of these codes is worth a report.
  boolean areWanted() {
    return policy.learns() && reports.size() + 1 < STATUS_SIZE;
  }

  /// Adds launches that report a call.
  ///
  /// @param active the number of active features of each row
  void add(CodesCall call, Memory<int[]> active, int capacity) {
    int parts = Math.clamp(active.size() / ROWS_OF_A_PART, 1, PARTS);
    Memory<int[]> largest = Memory.result(ElementType.INT32, parts);
    int index = reports.size() + 1;
    reports.add(new Report(call, index));
    launches.add(new CodesLaunch.Largest(active, largest));
    launches.add(new CodesLaunch.Report(largest, capacity, index, status));
  }

  /// Tells the policy what a run has reported, and says whether codes have overflowed.
  public boolean readAfterRun() {
    float[] values = status.array();
    for (Report report : reports) {
      policy.observe(report.call, (int) values[report.index]);
    }
    status.discard();
    return values[0] > 0;
  }
}
