package sae4j.contracts;

import sae4j.backends.ejml.EjmlBackend;

/// EJML: the oracle in double precision.
class EjmlProperties extends BackendContract {
  EjmlProperties() {
    super(new EjmlBackend());
  }
}
