// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import sae4j.backends.tornadovm.RecordedBackend;
import sae4j.backends.tornadovm.engine.HostEngine;
import sae4j.contracts.BackendContract;

/// TornadoVM's kernels and graphs with the JVM as the device: needs no TornadoVM.
class TornadoKernelsProperties extends BackendContract {
  TornadoKernelsProperties() {
    super(new RecordedBackend(new HostEngine()));
  }
}
