// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.ahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class AheadTest {
  /// Counts up to an end.
  private static class Numbers implements Ahead.Source<Integer> {
    final AtomicInteger given = new AtomicInteger();
    final int end;
    volatile boolean closed;

    Numbers(int end) {
      this.end = end;
    }

    @Override
    public @Nullable Integer next() {
      return given.get() == end ? null : given.incrementAndGet();
    }

    @Override
    public void close() {
      closed = true;
    }

    int inTheEnd() throws InterruptedException {
      int before = -1;
      for (int now = given.get(); now != before; now = given.get()) {
        before = now;
        Thread.sleep(Duration.ofMillis(200));
      }
      return before;
    }
  }

  @Test
  void all_items_come_in_order_and_then_nothing_for_ever() {
    Numbers numbers = new Numbers(10_000);
    try (Ahead<Integer> ahead = Ahead.start(numbers, 64, _ -> 1)) {
      assertThat(IntStream.range(0, 10_000).mapToObj(_ -> ahead.take()))
          .containsExactlyElementsOf(IntStream.rangeClosed(1, 10_000).boxed().toList());
      assertThat(ahead.take()).isNull();
      assertThat(ahead.take()).isNull();
    }
    assertThat(numbers.closed).isTrue();
  }

  @Test
  void items_of_a_weight_wait_and_a_sixteenth_more_is_in_the_hand() throws Exception {
    Numbers numbers = new Numbers(10_000);
    try (Ahead<Integer> ahead = Ahead.start(numbers, 160, _ -> 2)) {
      assertThat(numbers.inTheEnd()).isEqualTo((160 + 10) / 2);
      ahead.take();
      assertThat(numbers.inTheEnd()).isEqualTo((160 + 20) / 2);
    }
    assertThat(numbers.closed).isTrue();
  }

  @Test
  void an_item_that_is_too_heavy_waits_alone() throws Exception {
    Numbers numbers = new Numbers(100);
    try (Ahead<Integer> ahead = Ahead.start(numbers, 160, _ -> 1L << 40)) {
      assertThat(numbers.inTheEnd()).as("one that waits, and one in the hand").isEqualTo(2);
      for (int i = 1; i <= 100; i++) {
        assertThat(ahead.take()).isEqualTo(i);
      }
    }
  }

  @Test
  void who_closes_waits_until_the_source_is_closed_and_hears_of_no_failure() {
    CountDownLatch reading = new CountDownLatch(1);
    Numbers slow =
        new Numbers(100) {
          @Override
          public Integer next() {
            try {
              reading.countDown();
              Thread.sleep(Duration.ofMinutes(5));
              throw new AssertionError("was not stopped");
            } catch (InterruptedException stopped) {
              throw new IllegalStateException(stopped);
            }
          }
        };
    try (Ahead<Integer> _ = Ahead.start(slow, 160, _ -> 1)) {
      reading.await();
    } catch (InterruptedException impossible) {
      throw new AssertionError(impossible);
    }
    assertThat(slow.closed).isTrue();
  }

  @Test
  void a_source_that_fails_is_known_when_it_is_closed_behind_what_it_gave() {
    Numbers broken =
        new Numbers(3) {
          @Override
          public @Nullable Integer next() {
            if (given.get() == end) {
              throw new IllegalStateException("broken");
            }
            return super.next();
          }
        };
    Ahead<Integer> ahead = Ahead.start(broken, 160, _ -> 1);
    assertThat(IntStream.range(0, 3).mapToObj(_ -> ahead.take())).containsExactly(1, 2, 3);
    assertThat(ahead.take()).isNull();
    assertThatThrownBy(ahead::close).hasMessage("broken");
    assertThat(broken.closed).isTrue();
  }

  @Test
  void a_taker_who_is_interrupted_takes_and_stays_interrupted() {
    try (Ahead<Integer> ahead = Ahead.start(new Numbers(3), 160, _ -> 1)) {
      Thread.currentThread().interrupt();
      assertThat(ahead.take()).isEqualTo(1);
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
