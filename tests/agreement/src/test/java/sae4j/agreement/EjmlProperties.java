// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import sae4j.backends.ejml.EjmlBackend;
import sae4j.contracts.BackendContract;

/// EJML: the oracle in double precision.
class EjmlProperties extends BackendContract {
  EjmlProperties() {
    super(new EjmlBackend());
  }
}
