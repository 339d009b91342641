// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import sae4j.backends.vector.VectorBackend;
import sae4j.contracts.BackendContract;
import sae4j.tensor.Storage;

/// The Vector API on two threads, in single precision with row-sparse codes and promises.
class VectorProperties extends BackendContract {
  VectorProperties() {
    super(new VectorBackend(2));
  }

  @Example
  void codes_are_broadcast_over_codes() {
    Storage codes = codes(2, 3, 1, 0, 2, 0, 3, 4);
    assertThat(backend().toDoubles(backend().multiply(codes, codes(2, 1, 5, 6))))
        .containsExactly(5, 0, 10, 0, 18, 24);
    assertThat(backend().toDoubles(backend().multiply(codes, codes(1, 3, 5, 6, 0))))
        .containsExactly(5, 0, 0, 0, 18, 0);
  }

  private Storage codes(int rows, int columns, double... rowMajor) {
    return backend().topK(backend().upload(rows, columns, rowMajor), columns);
  }
}
