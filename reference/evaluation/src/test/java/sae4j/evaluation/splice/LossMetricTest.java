// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

final class LossMetricTest {
  private static Estimate number(int value) {
    return new Estimate(value, value - 1, value + 1, 10);
  }

  @Test
  void every_estimate_is_a_metric_under_the_key_of_its_name() throws ReflectiveOperationException {
    LossRecovered measured =
        new LossRecovered(
            number(1), number(2), number(3), number(4), number(5), number(6), number(7), number(8),
            number(9), 10);
    List<LossMetric> metrics = LossMetric.of(measured);
    List<RecordComponent> estimates =
        Arrays.stream(LossRecovered.class.getRecordComponents())
            .filter(component -> component.getType() == Estimate.class)
            .toList();
    assertThat(metrics).hasSameSizeAs(estimates);
    for (int i = 0; i < estimates.size(); i++) {
      String key = estimates.get(i).getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
      assertThat(metrics.get(i).key()).isEqualTo(key);
      assertThat(metrics.get(i).estimate())
          .isEqualTo(estimates.get(i).getAccessor().invoke(measured));
      assertThat(metrics.get(i).label()).isNotBlank();
      assertThat(metrics.get(i).definition()).isNotBlank();
    }
  }
}
