// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.sweeps;

import com.fasterxml.jackson.databind.node.ObjectNode;
import sae4j.cli.terminal.Json;
import sae4j.training.TrainingOptions;

/// One SAE of a sweep.
///
/// @param options how it is trained
/// @param sparsity what sets its sparsity, as `k=32`
record SweepCell(TrainingOptions options, String sparsity) {
  /// The name of its folder.
  String name() {
    return options.sae().architecture() + "-" + sparsity.replace('=', '-');
  }

  /// All that decides it, for the record.
  ObjectNode describe() {
    return Json.of(options);
  }
}
