// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import net.jqwik.api.lifecycle.AfterProperty;
import sae4j.contracts.BackendContract;
import sae4j.tensor.Backend;
import sae4j.tensor.Backends;

/// The whole contract on TornadoVM's first device. Runs only in a JVM that was started with
/// TornadoVM; elsewhere [TornadoDeviceTest] says why not.
class TornadoDeviceContract extends BackendContract {
  /// One for all properties, so that each operation is compiled once.
  private static final Backend DEVICE = Backends.open("tornadovm");

  TornadoDeviceContract() {
    super(DEVICE);
  }

  @Override
  @AfterProperty
  protected void close() {}
}
