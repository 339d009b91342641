// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import sae4j.contracts.Operand.Form;
import sae4j.tensor.Backend;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;

/// The operations that make sparse codes, and those that keep to the support of codes.
interface CodesContract extends Contract {
  double NAN = Double.NaN;
  double INFINITY = Double.POSITIVE_INFINITY;

  /// Pre-activations B×F and a threshold 1×F.
  @Provide
  default Arbitrary<Pair> thresholded() {
    return Combinators.combine(SIZES, SIZES)
        .flatAs(
            (rows, columns) ->
                Combinators.combine(
                        Contract.operand(
                            rows,
                            columns,
                            Contract.allForms(),
                            Numbers.MIXED,
                            Numbers.TIES,
                            Numbers.MODERATE),
                        Contract.operand(
                            1, columns, Form.WITHOUT_CODES, Numbers.POSITIVE, Numbers.TIES))
                    .as(Pair::new));
  }

  @Property
  default void relu_agrees(@ForAll("any") Operand operand) {
    agrees(b -> b.relu(operand.on(b)));
  }

  @Property
  default void top_k_agrees(
      @ForAll("any") Operand operand, @ForAll @IntRange(min = 0, max = 37) int k) {
    int kept = Math.min(k, operand.columns());
    agrees(b -> b.topK(operand.on(b), kept));
    agrees(b -> b.topK(operand.on(b), operand.columns()));
  }

  @Property
  default void largest_agrees(
      @ForAll("any") Operand operand, @ForAll @IntRange(min = 0, max = 37) int k) {
    int kept = Math.min(k, operand.columns());
    agrees(b -> b.largest(operand.on(b), kept));
    agrees(b -> b.largest(b.scale(b.abs(operand.on(b)), -1), kept));
    agrees(b -> b.largest(operand.on(b), operand.columns()));
  }

  @Property
  default void the_largest_of_a_product_agree_on_every_kind_of_rows(
      @ForAll("any") Operand operand, @ForAll @IntRange(min = 0, max = 37) int k) {
    Operand left = new Operand(operand.rows(), 3, Form.FLOATS, operand.numbers(), k);
    Operand right = new Operand(3, operand.columns(), Form.PARAMETER, operand.numbers(), k + 1L);
    int kept = Math.min(k, operand.columns());
    agrees(b -> b.largest(b.matmul(left.on(b), right.on(b)), kept));
  }

  @Property
  default void batch_top_k_agrees(
      @ForAll("any") Operand operand, @ForAll @IntRange(min = 0, max = 37) int k) {
    int kept = Math.min(k, operand.columns());
    agrees(b -> b.batchTopK(operand.on(b), kept));
    agrees(b -> b.batchTopK(operand.on(b), operand.columns()));
  }

  @Property
  default void jump_relu_agrees(@ForAll("thresholded") Pair pair) {
    agrees(b -> b.jumpRelu(pair.a().on(b), b.abs(pair.b().on(b))));
  }

  @Property
  default void window_agrees(
      @ForAll("thresholded") Pair pair, @ForAll @IntRange(min = 1, max = 9) int width) {
    agrees(b -> b.window(pair.a().on(b), pair.b().on(b), width / 3.0));
  }

  /// Of a product, too, and with thresholds that leave few codes or many.
  @Property
  default void jump_agrees_and_so_does_what_gradients_make_of_it(
      @ForAll("thresholded") Pair pair, @ForAll @IntRange(min = 1, max = 9) int width) {
    List<Function<Backend.Jump, Storage>> parts =
        List.of(Backend.Jump::codes, Backend.Jump::active, Backend.Jump::window);
    for (Function<Backend.Jump, Storage> part : parts) {
      agrees(b -> part.apply(jump(b, pair, width)));
      agrees(b -> b.sum(part.apply(jump(b, pair, width))));
      agrees(b -> b.rowSums(part.apply(jump(b, pair, width))));
      agrees(b -> b.columnSums(b.abs(b.sign(part.apply(jump(b, pair, width))))));
    }
    Operand gradient = new Operand(width, 7, Form.FLOATS, pair.a().numbers(), width);
    agrees(
        b -> {
          Backend.Jump jump = jump(b, pair, width);
          Storage g = b.whereActive(productOf(b, jump.codes(), gradient), jump.support());
          return b.columnSums(b.whereActive(g, jump.window()));
        });
    agrees(
        b -> {
          Backend.Jump jump = jump(b, pair, width);
          Storage g = b.whereActive(productOf(b, jump.codes(), gradient), jump.support());
          Storage before = b.whereActive(g, jump.active());
          return b.add(b.transpose(b.transpose(before)), b.whereActive(g, jump.window()));
        });
    agrees(
        b -> {
          Backend.Jump jump = jump(b, pair, width);
          Storage one = b.upload(1, 1, new float[] {0.75f});
          Storage g = b.broadcast(one, jump.codes().rows(), jump.codes().columns());
          return b.columnSums(b.whereActive(g, jump.window()));
        });
  }

  /// Few codes and a window that holds most elements, of a product wider than a word of bits.
  @Property(tries = 60)
  default void a_jump_of_few_codes_and_a_wide_window_agrees(@ForAll long seed) {
    Operand left = new Operand(9, 3, Form.FLOATS, Numbers.TIES, seed);
    Operand right = new Operand(3, 140, Form.FLOATS, Numbers.TIES, seed + 1);
    Operand gradient = new Operand(9, 140, Form.FLOATS, Numbers.TIES, seed + 2);
    Function<Backend, Backend.Jump> jump =
        b -> {
          Storage threshold = b.upload(1, 1, new float[] {5});
          return b.jump(b.matmul(left.on(b), right.on(b)), threshold, 9);
        };
    agrees(b -> b.columnSums(jump.apply(b).codes()));
    agrees(b -> b.add(jump.apply(b).active(), jump.apply(b).window()));
    agrees(
        b -> {
          Backend.Jump made = jump.apply(b);
          Storage g = b.whereActive(productOf(b, made.codes(), gradient), made.support());
          Storage before = b.whereActive(g, made.active());
          Storage sums = b.columnSums(b.whereActive(g, made.window()));
          return b.add(b.columnSums(before), sums);
        });
    agrees(
        b -> {
          Backend.Jump made = jump.apply(b);
          Storage g = b.whereActive(gradient.on(b), made.support());
          return b.add(b.whereActive(g, made.active()), b.whereActive(g, made.window()));
        });
  }

  @Property
  default void sums_over_the_rows_of_a_product_agree(
      @ForAll("any") Operand operand, @ForAll long seed) {
    Operand right = new Operand(operand.columns(), 5, Form.FLOATS, operand.numbers(), seed);
    agrees(b -> b.columnSums(b.matmul(operand.on(b), right.on(b))));
    agrees(b -> b.columnSums(b.matmul(b.relu(operand.on(b)), right.on(b))));
    agrees(
        b ->
            b.columnSums(
                b.matmul(b.topK(operand.on(b), Math.min(1, operand.columns())), right.on(b))));
  }

  private static Backend.Jump jump(Backend b, Pair pair, int width) {
    return b.jump(pair.a().on(b), b.abs(pair.b().on(b)), width / 3.0);
  }

  /// A product of the codes' shape that is not computed yet.
  private static Storage productOf(Backend b, Storage codes, Operand like) {
    Operand left = new Operand(codes.rows(), 7, Form.FLOATS, like.numbers(), like.seed());
    Operand right = new Operand(7, codes.columns(), Form.FLOATS, like.numbers(), like.seed() + 1);
    return b.matmul(left.on(b), right.on(b));
  }

  @Property
  default void smallest_active_agrees(@ForAll("any") Operand operand) {
    agrees(b -> b.smallestActive(operand.on(b)));
    agrees(b -> b.smallestActive(b.relu(operand.on(b))));
    agrees(b -> b.smallestActive(b.batchTopK(operand.on(b), Math.min(2, operand.columns()))));
  }

  @Property
  default void codes_of_nan_and_infinities_agree(
      @ForAll("special") Operand operand, @ForAll @IntRange(min = 0, max = 37) int k) {
    int kept = Math.min(k, operand.columns());
    agrees(b -> b.relu(operand.on(b)));
    agrees(b -> b.topK(operand.on(b), kept));
    agrees(b -> b.batchTopK(operand.on(b), kept));
    agrees(b -> b.jumpRelu(operand.on(b), b.upload(1, 1, new float[] {1})));
    agrees(b -> b.window(operand.on(b), b.upload(1, 1, new float[] {0}), 3));
  }

  @Property
  default void where_active_agrees(@ForAll("broadcastablePairs") Pair pair) {
    agrees(b -> b.whereActive(pair.a().on(b), pair.b().on(b)));
  }

  @Property
  default void where_active_of_nan_and_infinities_agrees(@ForAll("specialPairs") Pair pair) {
    agrees(b -> b.whereActive(pair.a().on(b), pair.b().on(b)));
    agrees(b -> b.whereActive(pair.a().on(b), b.relu(pair.b().on(b))));
  }

  @Property
  default void where_active_of_a_product_a_broadcast_and_other_codes_agrees_on_every_kind_of_codes(
      @ForAll("any") Operand operand, @ForAll long seed) {
    int rows = operand.rows();
    int columns = operand.columns();
    Operand gradient = new Operand(rows, 7, Form.FLOATS, operand.numbers(), seed);
    Operand decoder = new Operand(columns, 7, Form.FLOATS, operand.numbers(), seed + 1);
    Operand others = new Operand(rows, columns, Form.TOP_CODES, operand.numbers(), seed + 2);
    agrees(
        b -> {
          Storage codes = b.relu(operand.on(b));
          Storage ofProduct =
              b.whereActive(b.matmul(gradient.on(b), b.transpose(decoder.on(b))), codes);
          Storage ofBroadcast =
              b.whereActive(b.broadcast(b.sum(gradient.on(b)), rows, columns), codes);
          Storage ofOthers = b.whereActive(others.on(b), codes);
          return b.add(b.add(ofProduct, ofBroadcast), ofOthers);
        });
  }

  @Property
  default void a_training_step_s_products_of_codes_agree(
      @ForAll("any") Operand operand, @ForAll long seed) {
    Operand decoder = new Operand(operand.columns(), 9, Form.PARAMETER, operand.numbers(), seed);
    Operand gradient = new Operand(operand.rows(), 9, Form.FLOATS, operand.numbers(), seed + 1);
    Operand activations = new Operand(operand.rows(), 6, Form.FLOATS, operand.numbers(), seed + 2);
    agrees(b -> b.matmul(b.relu(operand.on(b)), decoder.on(b)));
    agrees(b -> b.matmul(b.transpose(b.relu(operand.on(b))), gradient.on(b)));
    agrees(
        b -> {
          Storage masked =
              b.whereActive(
                  b.matmul(gradient.on(b), b.transpose(decoder.on(b))), b.relu(operand.on(b)));
          return b.matmul(b.transpose(activations.on(b)), masked);
        });
    agrees(
        b -> {
          Storage masked =
              b.whereActive(
                  b.matmul(gradient.on(b), b.transpose(decoder.on(b))), b.relu(operand.on(b)));
          return b.columnSums(masked);
        });
  }

  @Property
  default void k_outside_the_columns_is_refused_with_k_and_shape(@ForAll("any") Operand operand) {
    Assume.that(operand.rows() > 0);
    Storage a = operand.on(backend());
    for (int k : new int[] {-1, operand.columns() + 1, Integer.MAX_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend().topK(a, k))
          .withMessageContaining(Integer.toString(k))
          .withMessageContaining(operand.rows() + "×" + operand.columns());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend().largest(a, k))
          .withMessageContaining(Integer.toString(k))
          .withMessageContaining(operand.rows() + "×" + operand.columns());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend().batchTopK(a, k))
          .withMessageContaining(Integer.toString(k))
          .withMessageContaining(operand.rows() + "×" + operand.columns());
    }
  }

  @Property
  default void row_sparse_storage_lists_just_what_is_not_zero(@ForAll("any") Operand operand) {
    Storage a = operand.on(backend());
    double[] dense = backend().toDoubles(a);
    var sparse = backend().toSparseRows(a);
    float[] rebuilt = new float[dense.length];
    assertThat(sparse.rowStart()).hasSize(operand.rows() + 1).startsWith(0);
    for (int row = 0; row < operand.rows(); row++) {
      int previous = -1;
      for (int i = sparse.rowStart()[row]; i < sparse.rowStart()[row + 1]; i++) {
        assertThat(sparse.column()[i]).as("ascending columns").isGreaterThan(previous);
        assertThat(sparse.value()[i]).as("a stored value").isNotZero();
        previous = sparse.column()[i];
        rebuilt[row * operand.columns() + previous] = sparse.value()[i];
      }
    }
    for (int i = 0; i < dense.length; i++) {
      assertThat(rebuilt[i]).isEqualTo((float) dense[i] + 0.0f);
    }
  }

  @Property
  default void a_layout_is_one_of_the_two_and_parameters_are_dense(@ForAll("any") Operand operand) {
    assertThat(backend().relu(operand.on(backend())).layout())
        .isIn(Layout.DENSE, Layout.ROW_SPARSE);
    Operand parameter =
        new Operand(operand.rows(), operand.columns(), Form.PARAMETER, operand.numbers(), 0);
    assertThat(parameter.on(backend()).layout()).isEqualTo(Layout.DENSE);
  }

  // ------------------------------------------------------- by hand: what the bound must not decide

  @Example
  default void of_equals_top_k_keeps_the_lowest_columns() {
    is(
        b -> b.topK(b.upload(2, 5, new double[] {1, 3, 3, 3, 2, 7, 7, 7, 7, 7}), 2),
        0,
        3,
        3,
        0,
        0,
        7,
        7,
        0,
        0,
        0);
    is(b -> b.topK(b.upload(1, 4, new double[] {-1, -1, -1, 5}), 3), 0, 0, 0, 5);
  }

  @Example
  default void the_largest_keep_their_sign_and_of_equals_below_zero_the_highest_columns() {
    is(b -> b.largest(b.upload(1, 5, new double[] {-1, 4, -3, 0, -2}), 3), -1, 4, 0, 0, 0);
    is(b -> b.largest(b.upload(1, 5, new double[] {-1, 4, -3, 0, -2}), 4), -1, 4, 0, 0, -2);
    is(b -> b.largest(b.upload(2, 3, new double[] {5, 5, 5, -5, -5, -5}), 2), 5, 5, 0, 0, -5, -5);
    is(b -> b.largest(b.upload(1, 4, new double[] {-0.0, 0, -1, -1}), 3), 0, 0, 0, -1);
    is(b -> b.largest(b.upload(1, 2, new double[] {-1, -2}), 0), 0, 0);
    is(b -> b.largest(b.upload(0, 2, new double[] {}), 1));
    is(b -> b.largest(b.upload(2, 0, new double[] {}), 0));
  }

  @Example
  default void nan_among_the_largest_stays_nan() {
    assertThat(
            backend()
                .toDoubles(backend().largest(backend().upload(1, 2, new double[] {NAN, 1}), 1)))
        .startsWith(NAN);
  }

  @Example
  default void of_equals_batch_top_k_keeps_the_lowest_rows_then_columns() {
    is(b -> b.batchTopK(b.upload(3, 2, new double[] {1, 2, 2, 2, 2, 9}), 1), 0, 2, 2, 0, 0, 9);
    is(b -> b.batchTopK(b.upload(2, 3, new double[] {5, 6, 7, 1, 1, 1}), 2), 5, 6, 7, 1, 0, 0);
  }

  @Example
  default void nan_counts_as_the_largest_and_stays_nan() {
    is(b -> b.topK(b.upload(1, 4, new double[] {INFINITY, NAN, 1, NAN}), 2), 0, NAN, 0, NAN);
    is(b -> b.topK(b.upload(1, 4, new double[] {INFINITY, NAN, 1, NAN}), 1), 0, NAN, 0, 0);
    is(
        b -> b.batchTopK(b.upload(2, 2, new double[] {3, 2, NAN, INFINITY}), 1),
        0,
        0,
        NAN,
        INFINITY);
  }

  @Example
  default void the_smallest_active_element_is_above_zero_whatever_stands_beside_it() {
    is(b -> b.smallestActive(b.upload(2, 2, new double[] {0, 3, -1, 2})), 2);
    is(b -> b.smallestActive(b.relu(b.upload(2, 2, new double[] {0, 3, -1, -0.0}))), 3);
    is(b -> b.smallestActive(b.upload(1, 2, new double[] {-1, 0})), 0);
    is(b -> b.smallestActive(b.upload(0, 2, new double[] {})), 0);
    is(b -> b.smallestActive(b.upload(1, 3, new double[] {1, NAN, 2})), NAN);
    is(b -> b.smallestActive(b.upload(1, 2, new double[] {INFINITY, 0})), INFINITY);
  }

  @Example
  default void relu_keeps_nan_and_drops_negative_zero_to_zero() {
    is(
        b -> b.relu(b.upload(1, 5, new double[] {NAN, -0.0, -INFINITY, INFINITY, 2})),
        NAN,
        0,
        0,
        INFINITY,
        2);
  }

  @Example
  default void jump_relu_at_its_threshold_is_not_active() {
    is(
        b ->
            b.jumpRelu(
                b.upload(1, 4, new double[] {1.5, 1.25, 1.75, NAN}),
                b.upload(1, 1, new double[] {1.5})),
        0,
        0,
        1.75,
        0);
  }

  @Example
  default void the_window_s_edges_are_outside() {
    is(
        b ->
            b.window(
                b.upload(1, 5, new double[] {1.25, 1.375, 1.5, 1.75, NAN}),
                b.upload(1, 1, new double[] {1.5}),
                0.5),
        0,
        1,
        1,
        0,
        0);
  }

  @Example
  default void zeros_of_either_sign_are_inactive_and_nan_is_active() {
    is(
        b ->
            b.whereActive(
                b.upload(1, 4, new double[] {1, 2, 3, 4}),
                b.upload(1, 4, new double[] {0, -0.0, NAN, -1})),
        0,
        0,
        3,
        4);
  }

  @Example
  default void a_zero_that_sparse_codes_may_store_is_inactive() {
    is(
        b -> {
          Storage support = b.relu(b.upload(1, 3, new double[] {1, 1, -1}));
          Storage withZero = b.whereActive(b.upload(1, 3, new double[] {0, 5, 6}), support);
          return b.whereActive(b.upload(1, 3, new double[] {1, 2, 3}), withZero);
        },
        0,
        2,
        0);
  }

  private void is(Function<Backend, Storage> program, double... expected) {
    double[] actual = backend().toDoubles(program.apply(backend()));
    assertThat(Arrays.stream(actual).map(x -> x + 0.0).toArray()).containsExactly(expected);
  }
}
