package sae4j.contracts;

import sae4j.contracts.NaiveBackend.Precision;

/// Plain loops in double precision, codes row-sparse.
class NaiveDoubleRowSparseProperties extends BackendContract {
  NaiveDoubleRowSparseProperties() {
    super(new NaiveBackend(Precision.DOUBLE, true));
  }
}
