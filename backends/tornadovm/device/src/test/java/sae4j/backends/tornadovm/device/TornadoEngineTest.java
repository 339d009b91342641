// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sae4j.backends.tornadovm.engine.KernelCall;
import sae4j.backends.tornadovm.kernels.groups.WorkGroup;
import sae4j.backends.tornadovm.registry.Kernel;
import uk.ac.manchester.tornado.api.KernelContext;

/// What can be said before a device is touched.
class TornadoEngineTest {

  @Test
  void a_graph_larger_than_the_device_s_memory_is_refused_with_both_sizes() {
    List<List<?>> arrays = List.of(List.of(new float[3 << 18]), List.of(new int[1 << 18]));
    assertThatCode(() -> TornadoEngine.requireRoom(arrays, "a GPU", 3 << 20, 4 << 20))
        .doesNotThrowAnyException();
    assertThatIllegalStateException()
        .isThrownBy(() -> TornadoEngine.requireRoom(arrays, "a GPU", 3 << 20, (4 << 20) - 1))
        .withMessageContaining("out of device memory")
        .withMessageContaining("a GPU")
        .withMessageContaining("smaller batch");
    assertThatIllegalStateException()
        .isThrownBy(() -> TornadoEngine.requireRoom(arrays, "a GPU", (3 << 20) - 1, 4 << 20))
        .withMessageContaining("in one piece");
  }

  @Test
  void failures_are_said_in_one_line_without_colours() {
    assertThat(
            TornadoDevices.oneLine(
                new IllegalStateException("\u001b[31m[ERROR] no\n  platform\u001b[0m")))
        .isEqualTo("no platform");
    assertThat(TornadoDevices.oneLine(new NullPointerException()))
        .isEqualTo("java.lang.NullPointerException");
  }

  @Test
  void arrays_that_tornadovm_would_confuse_are_refused() {
    TornadoGraph.requireDistinct(List.of(1, 2, 3));
    assertThatIllegalStateException()
        .isThrownBy(() -> TornadoGraph.requireDistinct(List.of(1, 2, 1)))
        .withMessageContaining("the same hash code");
  }

  @Test
  void every_kernel_is_compiled_for_devices_with_tornadovm_s_context_in_place_of_the_group() {
    for (Kernel kernel : Kernel.values()) {
      List<Class<?>> expected = new ArrayList<>(List.of(kernel.method().getParameterTypes()));
      expected.replaceAll(type -> type == WorkGroup.class ? KernelContext.class : type);
      assertThat(Tasks.forDevice(kernel).getParameterTypes()).containsExactlyElementsOf(expected);
    }
  }

  private static KernelCall product(int... sizes) {
    return new KernelCall(
        Kernel.PRODUCT, 1, 1, sizes, List.of(new float[1], new float[1], new float[1]));
  }

  /// 4×5 = 4×3 · 3×5, in all four orders in memory; a repeated row or an offset is left to the
  /// loop.
  @Test
  void cublas_takes_rows_or_columns_side_by_side_from_the_beginning_of_an_array() {
    assertThat(CublasProduct.fits(product(20, 5, 3, 0, 3, 1, 0, 5, 1, 0))).isTrue();
    assertThat(CublasProduct.fits(product(20, 5, 3, 0, 1, 4, 0, 1, 3, 0))).isTrue();
    assertThat(CublasProduct.fits(product(20, 5, 3, 6, 3, 1, 0, 5, 1, 0))).isFalse();
    assertThat(CublasProduct.fits(product(20, 5, 3, 0, 0, 1, 0, 5, 1, 0))).isFalse();
    assertThat(CublasProduct.fits(product(20, 5, 3, 0, 6, 2, 0, 5, 1, 0))).isFalse();
    assertThat(CublasProduct.fits(product(0, 5, 3, 0, 3, 1, 0, 5, 1, 0))).isFalse();
  }
}
