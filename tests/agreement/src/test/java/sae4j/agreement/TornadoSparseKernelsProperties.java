// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import sae4j.backends.tornadovm.RecordedBackend;
import sae4j.backends.tornadovm.engine.HostEngine;
import sae4j.contracts.BackendContract;

/// As [TornadoKernelsProperties], with ReLU and BatchTopK codes that are sparse at any density, so
/// that they overflow and every operation meets them.
class TornadoSparseKernelsProperties extends BackendContract {
  TornadoSparseKernelsProperties() {
    super(new RecordedBackend(new HostEngine(), 2));
  }
}
