package sae4j.contracts;

import sae4j.backends.tornadovm.RecordedBackend;
import sae4j.backends.tornadovm.engine.HostEngine;

/// TornadoVM's kernels and graphs with the JVM as the device: needs no TornadoVM.
class TornadoKernelsProperties extends BackendContract {
  TornadoKernelsProperties() {
    super(new RecordedBackend(new HostEngine()));
  }
}
