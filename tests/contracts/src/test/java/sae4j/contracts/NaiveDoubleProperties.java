// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import sae4j.contracts.NaiveBackend.Precision;

/// Plain loops in double precision, codes dense.
class NaiveDoubleProperties extends BackendContract {
  NaiveDoubleProperties() {
    super(new NaiveBackend(Precision.DOUBLE, false));
  }
}
