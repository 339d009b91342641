// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import sae4j.evaluation.splice.Estimate;
import sae4j.evaluation.splice.LossRecovered;

final class LossReportTest {
  private static LossReport report(int sequences) {
    double low = sequences < 2 ? Double.NaN : 0.5;
    Estimate each = new Estimate(1, low, low + 1, 100);
    return new LossReport(
        new LossRecovered(each, each, each, each, each, each, each, each, each, sequences));
  }

  private static String printed(LossReport report) {
    StringWriter written = new StringWriter();
    PrintWriter out = new PrintWriter(written, true);
    report.printTo(new Console(out, out, false, 100));
    return written.toString();
  }

  @Test
  void where_one_sequence_allows_no_interval_the_reason_and_the_remedy_are_said() {
    assertThat(printed(report(1)))
        .contains("unknown", "no intervals", "--max-tokens", "--context")
        .doesNotContain("NaN");
    assertThat(printed(report(2))).contains("0.5000 … 1.5000").doesNotContain("no intervals");
    ObjectNode json = report(1).asJson();
    assertThat(json.properties())
        .isNotEmpty()
        .allSatisfy(metric -> assertThat(metric.getValue().has("no_interval")).isTrue());
    assertThat(report(2).asJson().toString()).doesNotContain("no_interval");
  }
}
