// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import sae4j.contracts.NaiveBackend.Precision;

/// Plain loops in single precision, codes row-sparse.
class NaiveSingleRowSparseProperties extends BackendContract {
  NaiveSingleRowSparseProperties() {
    super(new NaiveBackend(Precision.SINGLE, true));
  }
}
