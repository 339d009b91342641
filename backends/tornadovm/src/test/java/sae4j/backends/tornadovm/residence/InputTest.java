// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.residence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import sae4j.backends.tornadovm.engine.Executable;

/// When the values of an input move.
class InputTest {
  private final BlockingQueue<Object> moved = new LinkedBlockingQueue<>();
  private final Input input = new Input(new Moves(), new float[2]);
  private final float[] first = {1, 2};
  private final float[] second = {3, 4};

  /// An executable that notes what is put into it.
  private final class Moves implements Executable {
    @Override
    public void upload() {}

    @Override
    public void download(Object resident) {}

    @Override
    public void put(Object input, Object values, int count) {
      assertThat(count).isEqualTo(2);
      moved.add(values);
    }

    @Override
    public void run(Consumer<Object> taken) {}

    @Override
    public void take(Object output, Object values, int count) {}

    @Override
    public void close() {}
  }

  @Test
  void values_that_were_expected_are_there_already() {
    input.expect(first, 2);
    input.fill(first, 2);
    assertThat(moved).containsExactly(first);
  }

  @Test
  void what_is_expected_during_a_run_moves_when_the_run_has_taken_its_own() throws Exception {
    input.fill(first, 2);
    input.expect(second, 2);
    assertThat(moved.poll()).isSameAs(first);
    assertThat(moved).isEmpty();
    input.taken();
    assertThat(moved.poll(10, TimeUnit.SECONDS)).isSameAs(second);
    input.fill(second, 2);
    assertThat(moved).isEmpty();
  }

  @Test
  void values_move_again_for_every_run_and_after_they_were_forgotten() {
    input.fill(first, 2);
    input.taken();
    input.fill(first, 2);
    input.forget();
    input.fill(first, 2);
    assertThat(moved).containsExactly(first, first, first);
  }

  @Test
  void other_values_than_expected_take_their_place() {
    input.expect(first, 2);
    input.fill(second, 2);
    assertThat(moved).containsExactly(first, second);
  }
}
