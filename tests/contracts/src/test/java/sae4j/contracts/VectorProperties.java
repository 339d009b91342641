package sae4j.contracts;

import sae4j.backends.vector.VectorBackend;

/// The Vector API on two threads, in single precision with row-sparse codes and promises.
class VectorProperties extends BackendContract {
  VectorProperties() {
    super(new VectorBackend(2));
  }
}
