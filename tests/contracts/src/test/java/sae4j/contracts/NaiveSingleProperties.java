// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import sae4j.contracts.NaiveBackend.Precision;

/// Plain loops in single precision, codes dense.
class NaiveSingleProperties extends BackendContract {
  NaiveSingleProperties() {
    super(new NaiveBackend(Precision.SINGLE, false));
  }
}
