// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;

/// Provides the CPU backend where the JVM was started with the incubating Vector API. This class
/// refers to no vector type, so it loads without the module.
public final class VectorBackendProvider implements BackendProvider {
  private static final String MODULE = "jdk.incubator.vector";

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public Availability availability() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return new Availability.Unavailable(
          "the JVM runs without the module " + MODULE,
          "start it with --add-modules " + MODULE + " (cli/bin/sae does)");
    }
    return new Availability.Available("Java Vector API on the CPU, single precision", 10);
  }

  @Override
  public Backend open(int threads) {
    if (availability() instanceof Availability.Unavailable(String reason, String remedy)) {
      throw new IllegalStateException(
          "backend 'vector' cannot run here: %s; %s".formatted(reason, remedy));
    }
    return new VectorBackend(threads);
  }
}
