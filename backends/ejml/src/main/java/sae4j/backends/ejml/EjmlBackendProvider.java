// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.ejml;

import org.ejml.concurrency.EjmlConcurrency;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;

/// Provides the oracle. It is available everywhere, and has the lowest preference.
public final class EjmlBackendProvider implements BackendProvider {
  @Override
  public String name() {
    return "ejml";
  }

  @Override
  public Availability availability() {
    return new Availability.Available("EJML on the CPU, double precision: for correctness", 0);
  }

  @Override
  public Backend open(int threads) {
    EjmlConcurrency.setMaxThreads(threads);
    return new EjmlBackend();
  }
}
