// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
  private static ReadAhead over(int rows, int batch) {
    float[] numbers = new float[rows];
    for (int row = 0; row < rows; row++) {
      numbers[row] = row;
    }
    return new ReadAhead(new ShuffledBatches(ActivationSet.of(numbers, 1), 5), batch);
  }

  @Test
  void batches_come_in_the_order_in_which_they_would_be_read_at_once() {
    float[] all = new float[12];
    float[] numbers = new float[100];
    for (int row = 0; row < numbers.length; row++) {
      numbers[row] = row;
    }
    new ShuffledBatches(ActivationSet.of(numbers, 1), 5).next(all);
    ReadAhead ahead = over(100, 3);
    for (int batch = 0; batch < 4; batch++) {
      float[] next = ahead.next();
      for (int i = 0; i < next.length; i++) {
        assertThat(next[i]).isEqualTo(all[3 * batch + i]);
      }
      assertThat(ahead.position()).isEqualTo(3L * (batch + 1));
    }
  }

  @Test
  void a_listener_has_each_batch_before_it_is_handed_out() {
    List<String> heard = new CopyOnWriteArrayList<>();
    ReadAhead ahead = over(100, 4);
    ahead.whenRead(batch -> heard.add(Arrays.toString(batch)));
    ahead.next(); // was perhaps read before anybody listened
    for (int batch = 0; batch < 5; batch++) {
      String next = Arrays.toString(ahead.next());
      assertThat(heard).contains(next);
    }
  }
}
