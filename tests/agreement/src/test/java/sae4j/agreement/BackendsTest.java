// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.backends.ejml.EjmlBackendProvider;
import sae4j.backends.vector.VectorBackendProvider;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.Backends;
import sae4j.tensor.Linear;

/// What a user of the library is told where a backend is missing.
class BackendsTest {
  private static final BackendProvider EJML = new EjmlBackendProvider();
  private static final BackendProvider VECTOR = new VectorBackendProvider();

  /// As the vector backend is in a Java without its module.
  private static final BackendProvider BARRED =
      new BackendProvider() {
        @Override
        public String name() {
          return "vector";
        }

        @Override
        public Availability availability() {
          return new Availability.Unavailable("the module m is missing", "add --add-modules m");
        }

        @Override
        public Backend open(int threads) {
          throw new IllegalStateException("never opened");
        }
      };

  @Test
  void without_a_backend_the_artifacts_are_named() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Backends.provider("auto", List.of()))
        .withMessageContainingAll(
            "no backend is on the class path",
            "sae4j-backend-vector",
            "--add-modules jdk.incubator.vector",
            "sae4j-backend-ejml");
  }

  @Test
  void where_none_can_run_each_says_why_and_what_to_do() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Backends.provider("auto", List.of(BARRED)))
        .withMessageContainingAll(
            "vector cannot: the module m is missing; add --add-modules m", "sae4j-backend-ejml");
    assertThatIllegalStateException()
        .isThrownBy(() -> Backends.provider("vector", List.of(BARRED, EJML)))
        .withMessageContaining("the module m is missing; add --add-modules m");
  }

  @Test
  void an_unknown_name_gets_the_names_that_there_are() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backends.provider("gpu", List.of(EJML, VECTOR)))
        .withMessage("unknown backend 'gpu': choose auto, ejml, vector");
  }

  @Test
  void auto_that_falls_to_the_oracle_says_so() {
    assertThat(Backends.provider("auto", List.of(EJML, BARRED))).isSameAs(EJML);
    assertThat(Backends.slowBecause(EJML, List.of(EJML, BARRED)))
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .contains("backend auto: ejml", "slow", "add --add-modules m")
                    .doesNotContain("\n"));
    assertThat(Backends.slowBecause(EJML, List.of(EJML)))
        .hasValueSatisfying(line -> assertThat(line).contains("sae4j-backend-vector"));
    assertThat(Backends.slowBecause(VECTOR, List.of(EJML, VECTOR))).isEmpty();
  }

  @Test
  void backends_and_layers_say_what_they_are() {
    try (EjmlBackend ejml = new EjmlBackend()) {
      assertThat(ejml).hasToString("ejml: EJML on the CPU, double precision");
      assertThat(new Linear(3, 1024, ejml, 0)).hasToString("linear layer from 3 to 1,024 wide");
    }
  }
}
