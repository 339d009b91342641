// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import sae4j.training.schedules.Schedule;

class ScheduleTest {
  @Test
  void a_coefficient_rises_linearly_to_its_value() {
    Schedule schedule = Schedule.warmup(8, 4);
    assertThat(
            new double[] {
              schedule.at(0), schedule.at(1), schedule.at(2), schedule.at(3), schedule.at(4)
            })
        .containsExactly(2, 4, 6, 8, 8);
    assertThat(schedule.at(1_000_000_000_000L)).isEqualTo(8);
  }

  @Test
  void without_warmup_the_first_step_has_the_full_value() {
    assertThat(Schedule.warmup(0.3, 0).at(0)).isEqualTo(0.3);
  }

  @Test
  void a_coefficient_falls_linearly_to_a_tenth_at_the_end() {
    Schedule schedule = new Schedule(1, 0, 4, 10);
    assertThat(schedule.at(5)).isEqualTo(1);
    assertThat(schedule.at(6)).isEqualTo(1);
    assertThat(schedule.at(7)).isEqualTo(0.775, within(Math.ulp(1.0)));
    assertThat(schedule.at(8)).isEqualTo(0.55, within(Math.ulp(1.0)));
    assertThat(schedule.at(9)).isEqualTo(0.325, within(Math.ulp(1.0)));
    assertThat(schedule.at(10)).isEqualTo(0.1, within(Math.ulp(1.0)));
  }

  @Test
  void where_warmup_and_decay_overlap_the_smaller_counts() {
    Schedule schedule = new Schedule(1, 10, 10, 10);
    for (long step = 0; step < 10; step++) {
      double up = (step + 1) / 10.0;
      double down = 0.1 + 0.9 * (10 - step) / 10.0;
      assertThat(schedule.at(step)).isEqualTo(Math.min(up, down), within(2 * Math.ulp(1.0)));
    }
  }

  @Test
  void the_options_give_the_learning_rate_both_ends_and_the_penalty_its_warmup_alone() {
    TrainingOptions options = Toy.topK(100);
    assertThat(options.learningRateSchedule()).isEqualTo(new Schedule(0.01, 5, 10, 100));
    TrainingOptions relu = Toy.relu(100);
    assertThat(relu.sparsity().schedule(relu.steps()).at(99)).isEqualTo(relu.sparsity().l1());
    assertThat(relu.sparsity().schedule(relu.steps()).at(4)).isEqualTo(relu.sparsity().l1() / 2);
  }
}
