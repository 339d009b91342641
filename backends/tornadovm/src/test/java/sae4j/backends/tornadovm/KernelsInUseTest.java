// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sae4j.backends.tornadovm.engine.Blueprint;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.engine.Executable;
import sae4j.backends.tornadovm.engine.HostEngine;
import sae4j.backends.tornadovm.engine.Residence;
import sae4j.backends.tornadovm.registry.Kernel;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// The backend's operations reach every kernel, so a contract for operations is one for kernels.
class KernelsInUseTest {
  private final Set<Kernel> used = EnumSet.noneOf(Kernel.class);

  /// The JVM, noting which kernels it is given.
  private final class Noting implements Engine {
    private final Engine host = new HostEngine();

    @Override
    public String description() {
      return host.description();
    }

    @Override
    public double productRoundoff() {
      return host.productRoundoff();
    }

    @Override
    public boolean compilesSizesInto(Kernel kernel) {
      return host.compilesSizesInto(kernel);
    }

    @Override
    public Residence reserve(List<float[]> arrays) {
      return host.reserve(arrays);
    }

    @Override
    public Executable compile(Blueprint blueprint) {
      blueprint.calls().forEach(call -> used.add(call.kernel()));
      return host.compile(blueprint);
    }

    @Override
    public void close() {
      host.close();
    }
  }

  private static void elementwise(Backend backend, Storage a, Storage b) {
    backend.add(a, b);
    backend.subtract(a, b);
    backend.multiply(a, b);
    backend.divide(a, b);
    backend.scale(a, 3);
    backend.power(a, 2);
    backend.power(a, 0.5);
    backend.exp(a);
    backend.log(a);
    backend.tanh(a);
    backend.abs(a);
    backend.sign(a);
    backend.amongZeros(a, 1, 1, 4, 8);
    backend.jumpRelu(a, b);
    backend.window(a, b, 1);
    backend.whereActive(a, b);
    backend.sum(a);
    backend.smallestActive(a);
  }

  private static void codes(Backend backend, Storage a, Storage dictionary) {
    backend.matmul(a, dictionary);
    Storage codes = backend.topK(a, 2);
    backend.add(codes, a);
    backend.whereActive(a, codes);
    backend.add(backend.matmul(codes, dictionary), a);
    backend.rowSums(codes);
    backend.columnSums(codes);
    backend.smallestActive(codes);
    backend.add(backend.batchTopK(a, 2), a);
  }

  private static void updates(Backend backend, Storage parameter, Storage gradient) {
    backend.adam(
        parameter,
        gradient,
        backend.zerosLike(parameter),
        backend.zerosLike(parameter),
        new AdamUpdate(0.1, 0.9, 0.999, 1e-8, 1, false));
    backend.adam(
        parameter,
        gradient,
        backend.zerosLike(parameter),
        backend.zerosLike(parameter),
        new AdamUpdate(0.1, 0.9, 0.999, 1e-8, 1, true));
    backend.normaliseRows(parameter);
    backend.assign(parameter, gradient);
  }

  @Test
  void every_kernel_but_the_product_in_tiles_of_a_device_is_reached() {
    try (RecordedBackend backend = new RecordedBackend(new Noting())) {
      Storage a = backend.parameter(3, 6, (row, column) -> row - column + 2.5);
      Storage b = backend.parameter(3, 6, Elements.constant(1));
      elementwise(backend, a, b);
      Storage dictionary = backend.parameter(6, 6, Elements.constant(1));
      codes(backend, a, dictionary);
      updates(backend, a, b);
      // a product is a promise only within a step
      backend.step(
          () -> {
            Storage promise = backend.matmul(a, dictionary);
            Storage atCodes = backend.whereActive(promise, backend.topK(a, 2));
            return List.of(
                Tensor.constant(backend, backend.relu(a)).sum(),
                Tensor.constant(backend, atCodes).sum());
          });
      backend.compute(() -> List.of(Tensor.of(backend, 1, 1, 1).detach()));
    }
    assertThat(EnumSet.complementOf(EnumSet.copyOf(used))).containsExactly(Kernel.TILED_PRODUCT);
  }
}
