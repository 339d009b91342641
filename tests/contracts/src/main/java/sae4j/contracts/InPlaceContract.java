// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import sae4j.contracts.Operand.Form;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;

/// The operations that change a parameter in place.
interface InPlaceContract extends Contract {
  int STEPS = 3;

  /// A parameter with zeros among its rows, and gradients of its shape.
  @Provide
  default Arbitrary<Pair> parameterAndGradient() {
    return Combinators.combine(SIZES, SIZES)
        .flatAs(
            (rows, columns) ->
                Combinators.combine(
                        Contract.operand(
                            rows, columns, Set.of(Form.PARAMETER), Numbers.MODERATE, Numbers.TIES),
                        Contract.operand(
                            rows,
                            columns,
                            Contract.allForms(),
                            Numbers.MODERATE,
                            Numbers.TIES,
                            Numbers.MIXED))
                    .as(Pair::new));
  }

  /// Several of PyTorch's and the literature's settings.
  @Provide
  default Arbitrary<AdamUpdate> settings() {
    return Arbitraries.of(
        new AdamUpdate(1e-3, 0.9, 0.999, 1e-8, 1, false),
        new AdamUpdate(3e-2, 0.5, 0.9, 1e-2, 1, false),
        new AdamUpdate(7e-5, 0, 0.999, 1e-8, 1, false),
        new AdamUpdate(1, 0.9, 0.99, 6.25e-10, 1000, false));
  }

  /// Parameter, first and second moment after some updates with changing rate and gradient, one
  /// below the other.
  private static Storage updated(
      Backend backend,
      Operand parameter,
      Operand gradient,
      AdamUpdate settings,
      boolean unitNormRows) {
    Storage p = parameter.on(backend);
    if (unitNormRows) {
      backend.normaliseRows(p);
    }
    Storage m = backend.zerosLike(p);
    Storage v = backend.zerosLike(p);
    for (int step = 0; step < STEPS; step++) {
      long seed = gradient.seed() + 10L * step;
      Operand now = new Operand(p.rows(), p.columns(), gradient.form(), gradient.numbers(), seed);
      backend.adam(
          p,
          now.on(backend),
          m,
          v,
          new AdamUpdate(
              settings.learningRate() / (step + 1),
              settings.beta1(),
              settings.beta2(),
              settings.epsilon(),
              settings.step() + step,
              unitNormRows));
    }
    int rows = p.rows();
    Storage all = backend.amongZeros(p, 0, 0, 3 * rows, p.columns());
    all = backend.add(all, backend.amongZeros(m, rows, 0, 3 * rows, p.columns()));
    return backend.add(all, backend.amongZeros(v, 2 * rows, 0, 3 * rows, p.columns()));
  }

  @Property
  default void adam_agrees_over_several_steps(
      @ForAll("parameterAndGradient") Pair pair, @ForAll("settings") AdamUpdate settings) {
    agrees(b -> updated(b, pair.a(), pair.b(), settings, false));
  }

  @Property
  default void adam_with_unit_norm_rows_agrees_over_several_steps(
      @ForAll("parameterAndGradient") Pair pair, @ForAll("settings") AdamUpdate settings) {
    agrees(b -> updated(b, pair.a(), pair.b(), settings, true));
  }

  @Example
  default void adam_s_first_step_has_the_length_of_the_learning_rate() {
    Storage p = backend().parameter(1, 3, (row, column) -> column);
    Storage gradient = backend().upload(1, 3, new double[] {4, -0.25, 0});
    var update = new AdamUpdate(0.125, 0.9, 0.999, 0, 1, false);
    backend().adam(p, gradient, backend().zerosLike(p), backend().zerosLike(p), update);
    double[] after = backend().toDoubles(backend().columns(p, 0, 2));
    ErrorBound bound = new ErrorBound(backend().unitRoundoff());
    assertThat(new Bounded(-0.125, bound.gamma(8) * 0.125).admits(after[0])).isTrue();
    assertThat(new Bounded(1.125, bound.gamma(8) * 1.125).admits(after[1])).isTrue();
  }

  @Property
  default void adam_leaves_the_gradient_alone(@ForAll("parameterAndGradient") Pair pair) {
    Storage p = pair.a().on(backend());
    Storage gradient = pair.b().on(backend());
    double[] before = backend().toDoubles(gradient);
    for (boolean unitNormRows : new boolean[] {false, true}) {
      var update = new AdamUpdate(1, 0.9, 0.999, 1e-8, 1, unitNormRows);
      backend().adam(p, gradient, backend().zerosLike(p), backend().zerosLike(p), update);
    }
    assertThat(backend().toDoubles(gradient)).containsExactly(before);
  }

  @Property
  default void a_gradient_or_source_of_another_shape_is_refused_with_both_shapes(
      @ForAll("any") Operand a, @ForAll("any") Operand b) {
    Assume.that(a.rows() != b.rows() || a.columns() != b.columns());
    Storage p = new Operand(a.rows(), a.columns(), Form.PARAMETER, a.numbers(), 0).on(backend());
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> {
              Storage moment = backend().zerosLike(p);
              backend()
                  .adam(p, b.on(backend()), moment, moment, new AdamUpdate(1, 0, 0, 0, 1, false));
            })
        .withMessageContaining(a.rows() + "×" + a.columns())
        .withMessageContaining(b.rows() + "×" + b.columns());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend().assign(p, b.on(backend())))
        .withMessageContaining(a.rows() + "×" + a.columns())
        .withMessageContaining(b.rows() + "×" + b.columns());
  }

  @Property
  default void normalise_rows_agrees(@ForAll("parameterAndGradient") Pair pair) {
    agrees(
        b -> {
          Storage p = pair.a().on(b);
          b.normaliseRows(p);
          return p;
        });
  }

  @Example
  default void a_row_of_zeros_stays_and_the_others_get_length_one() {
    Storage p = backend().parameter(3, 2, (row, column) -> row == 1 ? 0 : column == 0 ? 3 : -4);
    backend().normaliseRows(p);
    double[] after = backend().toDoubles(p);
    Bounded cosine = new Bounded(0.6, new ErrorBound(backend().unitRoundoff(), 0x1.0p-53).gamma(4));
    assertThat(cosine.admits(after[0])).isTrue();
    assertThat(after[2]).isZero();
    assertThat(after[3]).isZero();
    assertThat(cosine.admits(after[4])).isTrue();
  }

  @Property
  default void assign_copies_every_kind_of_source(@ForAll("any") Operand operand) {
    agrees(
        b -> {
          Storage p = b.parameter(operand.rows(), operand.columns(), (row, column) -> 1);
          b.assign(p, operand.on(b));
          return p;
        });
  }

  @Property
  default void a_parameter_that_was_assigned_does_not_follow_its_source(
      @ForAll("parameterAndGradient") Pair pair) {
    agrees(
        b -> {
          Storage source = pair.a().on(b);
          Storage p = b.zerosLike(source);
          b.assign(p, source);
          b.assign(source, b.zerosLike(source));
          return p;
        });
  }
}
