// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import net.jqwik.api.lifecycle.AfterProperty;
import sae4j.tensor.Backend;

/// The whole contract. A backend is held to it by one subclass that opens it, among its own tests:
///
/// ```java
/// class MyBackendProperties extends BackendContract {
///   MyBackendProperties() {
///     super(new MyBackend());
///   }
/// }
/// ```
public abstract class BackendContract
    implements TransferContract,
        ElementwiseContract,
        MatrixContract,
        CodesContract,
        InPlaceContract,
        StepContract,
        GradientContract {
  private final Backend backend;

  /// @param backend the backend under test, new for each property and closed after it
  protected BackendContract(Backend backend) {
    this.backend = backend;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  /// Closes the backend when a property has ended. A subclass that shares one backend among its
  /// properties overrides it.
  @AfterProperty
  protected void close() {
    backend.close();
  }
}
