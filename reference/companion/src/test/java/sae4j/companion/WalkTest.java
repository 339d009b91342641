// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import sae4j.article.Loss;
import sae4j.companion.Walk.Batch;
import sae4j.companion.Walk.Lab;
import sae4j.tensor.Backend;
import sae4j.tensor.Backends;
import sae4j.tensor.Tensor;

/// What the page says in words of its pictures is so.
class WalkTest {
  private static final Backend BACKEND = Backends.open("ejml");
  private static Walk walk = Walk.through(BACKEND);

  @BeforeAll
  static void walk_again() {
    Walk again = Walk.through(BACKEND);
    assertThat(again).as("a second walk").isEqualTo(walk);
    walk = again;
  }

  private static int concept(String name) {
    return walk.world().concepts().indexOf(name);
  }

  private static double cosine(int g, int h) {
    Matrix directions = walk.world().directionsGD();
    return Match.between(directions.row(g), directions.row(h));
  }

  @Test
  void the_model_holds_eight_concepts_in_four_pairs_of_opposite_directions() {
    for (int g = 0; g < 8; g++) {
      int concept = g;
      List<Double> others =
          IntStream.range(0, 8)
              .filter(h -> h != concept)
              .mapToObj(h -> cosine(concept, h))
              .sorted()
              .toList();
      assertThat(others.getFirst()).isCloseTo(-1, within(0.01));
      assertThat(others.subList(1, 7)).allSatisfy(each -> assertThat(each).isLessThan(0.1));
    }
  }

  @Test
  void the_red_sphere_is_as_red_and_as_spherical_as_the_text_says() {
    Matrix strengthsG = walk.world().strengthsG(Map.of("red", 0.9, "sphere", 0.6));
    Tensor activationsD = walk.world().activationsBD(strengthsG.on(BACKEND));
    assertThat(Matrix.of(activationsD).rounded(2)).isEqualTo(walk.input());
    assertThat(Quoted.resource("page.html")).contains("0.9 red and 0.6 a sphere");
    assertThat(Quoted.resource("page.js")).contains("and not 0.9", "and not 0.6");
  }

  @Test
  void a_red_sphere_has_two_active_features_and_they_are_red_and_sphere() {
    List<Double> codes = walk.sae().encodedRepresentationF().values();
    List<Integer> active =
        IntStream.range(0, codes.size()).filter(f -> codes.get(f) > 0).boxed().toList();
    assertThat(active)
        .extracting(f -> walk.sae().concepts().get(f).index())
        .containsExactlyInAnyOrder(concept("red"), concept("sphere"));
    assertThat(codes.stream().mapToDouble(Double::doubleValue).max().orElseThrow())
        .as("red, shrunk from 0.9")
        .isBetween(0.75, 0.9);
  }

  @Test
  void every_feature_of_the_pictures_found_a_concept_of_its_own_and_has_norm_1() {
    assertThat(walk.sae().concepts()).extracting(Match::index).doesNotHaveDuplicates().hasSize(8);
    assertThat(walk.sae().concepts()).allSatisfy(m -> assertThat(m.cosine()).isGreaterThan(0.99));
    Matrix decoderFD = walk.sae().weights().decoderFD();
    for (int f = 0; f < decoderFD.rows(); f++) {
      assertThat(decoderFD.row(f).values().stream().mapToDouble(each -> each * each).sum())
          .isCloseTo(1, within(0.04));
    }
    assertThat(walk.sae().weights().encoderBiasF().values())
        .as("a code has to be worth its price")
        .allSatisfy(bias -> assertThat(bias).isNegative());
  }

  @Test
  void the_loss_is_the_sum_of_its_terms_and_copies_of_the_batch_raise_one_of_them() {
    Batch batch = walk.loss();
    assertThat(batch.loss()).isCloseTo(batch.l2Loss() + batch.l1Loss(), within(1e-12));
    List<Double> twice =
        IntStream.range(0, 2)
            .boxed()
            .flatMap(i -> batch.modelActivationsBD().values().stream())
            .toList();
    Tensor copied = new Matrix(6, 4, twice).on(BACKEND);
    double loss =
        Loss.calculateLoss(walk.sae().weights().on(BACKEND), copied, batch.l1Coefficient()).item();
    assertThat(loss).isCloseTo(batch.l2Loss() + 2 * batch.l1Loss(), within(1e-12));
  }

  @Test
  void the_intervention_makes_the_model_speak_of_golden_retrievers_and_of_little_else() {
    List<Double> before = walk.intervention().before().values();
    List<Double> after = walk.intervention().after().values();
    int dog = concept("Golden Retriever");
    assertThat(after.get(dog)).isGreaterThan(1);
    for (int g = 0; g < 8; g++) {
      assertThat(before.get(g)).isCloseTo(after.get(g), within(g == dog ? 2 : 0.05));
    }
  }

  @Test
  void more_penalty_is_sparser_and_costs_loss_and_four_features_cannot_hold_eight_concepts() {
    List<Lab.Cell> cells =
        walk.lab().sweep().stream().filter(cell -> cell.features() == 8).toList();
    for (int i = 1; i < cells.size(); i++) {
      assertThat(cells.get(i).measured().l0()).isLessThan(cells.get(i - 1).measured().l0());
      assertThat(cells.get(i).measured().lossRecovered())
          .isLessThan(cells.get(i - 1).measured().lossRecovered());
    }
    assertThat(walk.lab().sweep())
        .filteredOn(cell -> cell.features() == 4)
        .allSatisfy(cell -> assertThat(cell.measured().found()).isLessThanOrEqualTo(4));
    assertThat(walk.lab().sweep())
        .filteredOn(cell -> cell.l1Coefficient() == 0)
        .allSatisfy(cell -> assertThat(cell.measured().found()).isLessThan(8));
    assertThat(walk.lab().sweep()).anyMatch(cell -> cell.measured().found() == 8);
  }

  /// The third exercise: half the codes, twice the decoder, the same reconstruction.
  @Test
  void without_a_constraint_the_decoder_grows_and_the_encoder_shrinks() {
    Training free =
        new Training(
            walk.lab().training().steps(),
            walk.lab().training().learningRate(),
            walk.lab().training().l1Coefficient(),
            false);
    Tensor x = walk.world().activationsBD(walk.world().strengthsBG().on(BACKEND));
    Weights start = walk.lab().starts().get(1).weights();
    Weights trained = free.train(start, x);
    assertThat(size(trained.decoderFD())).isGreaterThan(4 * size(start.decoderFD()));
    assertThat(size(trained.encoderDF())).isLessThan(size(start.encoderDF()));
  }

  private static double size(Matrix matrix) {
    return Math.sqrt(matrix.values().stream().mapToDouble(each -> each * each).sum());
  }
}
