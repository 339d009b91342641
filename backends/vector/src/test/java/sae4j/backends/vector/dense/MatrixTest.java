// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MatrixTest {
  @Test
  void views_that_leave_their_array_or_have_no_stride_of_one_are_refused() {
    assertThatThrownBy(() -> Matrix.of(new float[5], 2, 3))
        .hasMessageContaining("ends at element 5, but the array has 5");
    assertThatThrownBy(() -> new Matrix(new float[99], 0, 2, 3, 7, 2))
        .hasMessageContaining("one of the strides must be 1");
  }

  @Test
  void a_matrix_that_would_overflow_an_int_is_refused() {
    assertThatThrownBy(() -> Matrix.of(new float[10], 1 << 16, 1 << 16))
        .hasMessageContaining("4294967295");
  }
}
