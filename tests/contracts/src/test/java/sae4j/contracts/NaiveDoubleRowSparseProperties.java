// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import sae4j.contracts.NaiveBackend.Precision;

/// Plain loops in double precision, codes row-sparse.
class NaiveDoubleRowSparseProperties extends BackendContract {
  NaiveDoubleRowSparseProperties() {
    super(new NaiveBackend(Precision.DOUBLE, true));
  }
}
