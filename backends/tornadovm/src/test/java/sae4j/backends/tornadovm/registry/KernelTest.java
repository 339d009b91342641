// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.Memory;

class KernelTest {
  private static Stream<Method> methods() {
    return Arrays.stream(Kernel.values()).map(Kernel::method);
  }

  @Test
  void every_public_method_of_a_kernel_class_is_a_kernel() {
    Stream<Method> all =
        methods()
            .map(Method::getDeclaringClass)
            .distinct()
            .flatMap(home -> Arrays.stream(home.getDeclaredMethods()))
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .filter(method -> !method.isSynthetic());
    assertThat(methods()).containsExactlyInAnyOrderElementsOf(all.toList());
  }

  @Test
  void a_kernel_s_name_tells_it_from_all_others() {
    assertThat(methods().map(Method::getName)).doesNotHaveDuplicates();
  }

  @Test
  void memories_of_another_number_or_element_type_are_refused_with_both() {
    Memory<float[]> floats = Memory.result(ElementType.FLOAT32, 1);
    Memory<int[]> ints = Memory.result(ElementType.INT32, 1);
    assertThatCode(() -> Kernel.EVERY_CODE.requireArguments(List.of(floats, ints)))
        .doesNotThrowAnyException();
    for (List<Memory<?>> wrong :
        List.of(List.<Memory<?>>of(floats), List.<Memory<?>>of(ints, floats))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Kernel.EVERY_CODE.requireArguments(wrong))
          .withMessageContaining("everyCode takes [float[], int[]]")
          .withMessageContaining("INT32".repeat(wrong.size() - 1));
    }
  }
}
