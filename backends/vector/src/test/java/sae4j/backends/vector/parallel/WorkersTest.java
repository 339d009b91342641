// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void every_task_runs_once_and_its_writes_are_seen(int count) {
    try (Workers workers = new Workers(count)) {
      for (int tasks : new int[] {0, 1, 2, 7, 1000}) {
        for (int repetition = 0; repetition < 200; repetition++) {
          int[] runs = new int[tasks];
          workers.forEach(
              tasks,
              (task, worker) -> {
                assertThat(worker).isBetween(0, count - 1);
                runs[task]++;
              });
          assertThat(runs).containsOnly(tasks == 0 ? new int[0] : new int[] {1});
        }
      }
    }
  }

  @Test
  void workers_run_at_the_same_time_each_under_its_own_number() {
    try (Workers workers = new Workers(3)) {
      CyclicBarrier allThree = new CyclicBarrier(3);
      AtomicIntegerArray seen = new AtomicIntegerArray(3);
      workers.forEach(
          3,
          (_, worker) -> {
            seen.incrementAndGet(worker);
            await(allThree);
          });
      assertThat(seen.get(0) + seen.get(1) + seen.get(2)).isEqualTo(3);
      assertThat(seen.get(0)).isEqualTo(1);
      assertThat(seen.get(1)).isEqualTo(1);
    }
  }

  @Test
  void workers_that_have_gone_to_sleep_wake_for_the_next_loop() throws InterruptedException {
    try (Workers workers = new Workers(2)) {
      CyclicBarrier both = new CyclicBarrier(2);
      for (int repetition = 0; repetition < 3; repetition++) {
        Thread.sleep(20);
        workers.forEach(2, (_, _) -> await(both));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void a_task_that_throws_fails_the_loop_and_the_workers_go_on(int count) {
    try (Workers workers = new Workers(count)) {
      assertThatThrownBy(
              () ->
                  workers.forEach(
                      50,
                      (task, _) -> {
                        if (task == 17) {
                          throw new IllegalArgumentException("task 17");
                        }
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("task 17");
      int[] runs = new int[9];
      workers.forEach(9, (task, _) -> runs[task]++);
      assertThat(runs).containsOnly(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void a_loop_inside_a_loop_is_refused(int count) {
    try (Workers workers = new Workers(count)) {
      assertThatThrownBy(() -> workers.forEach(4, (_, _) -> workers.forEach(2, (_, _) -> {})))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("inside a task");
    }
  }

  @Test
  void closed_workers_and_none_at_all_are_refused() {
    Workers workers = new Workers(2);
    workers.close();
    assertThatThrownBy(() -> workers.forEach(1, (_, _) -> {}))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Workers(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("threads: 0");
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("the other workers did not come", e);
    }
  }
}
