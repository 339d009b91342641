package sae4j.contracts;

import net.jqwik.api.lifecycle.AfterProperty;
import sae4j.tensor.Backend;

/// The whole contract. A backend is held to it by one subclass that opens it.
abstract class BackendContract
    implements TransferContract,
        ElementwiseContract,
        MatrixContract,
        CodesContract,
        InPlaceContract,
        StepContract,
        GradientContract {
  private final Backend backend;

  BackendContract(Backend backend) {
    this.backend = backend;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @AfterProperty
  void close() {
    backend.close();
  }
}
