// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.dashboard.graphs.TradeOffEntry;
import sae4j.dashboard.graphs.TradeOffReport;
import sae4j.dashboard.graphs.TrainingMoment;
import sae4j.dashboard.graphs.TrainingReport;
import sae4j.evaluation.splice.Estimate;

/// The pages of a training run and of a sweep, in a browser: on a telephone, on a screen, in light
/// and dark. Where there is no Chromium, this is skipped.
class ReportBrowserTest {
  @TempDir private static Path folder = Path.of("");
  private static Optional<Chromium> started = Optional.empty();

  @BeforeAll
  static void write_the_pages() throws Exception {
    Path program = Chromium.programOrSkip();
    Files.write(folder.resolve("run.html"), run());
    Files.write(folder.resolve("sweep.html"), sweep());
    started = Optional.of(Chromium.open(program));
  }

  private static byte[] run() {
    List<Integer> features = Collections.nCopies(TrainingMoment.DENSITY_BINS, 30);
    List<TrainingMoment> moments =
        List.of(
            new TrainingMoment(100, 60, 16, 0.4, 0, features),
            new TrainingMoment(200, 30, 15.98, 0.75, 0.01, features),
            new TrainingMoment(300, 25, 16.01, 0.79, 0.015, features));
    return new TrainingReport("topk", new TrainingReport.End(300, 25, 16, 0.79, 0.015), moments)
        .page(
            Map.of("options", Map.of("--activations", "a/rather/long/path/".repeat(8))),
            Map.of("what it was made with", "run.json"))
        .bytes();
  }

  private static byte[] sweep() {
    List<TradeOffEntry> entries =
        List.of(entry("relu", "l0=16", 31), entry("relu", "l0=32", 33), entry("topk", "k=16", 16));
    return new TradeOffReport(
            "java-gpt2-tiny at blocks.2.hook_resid_post; measured on 10000 tokens",
            entries,
            Map.of("text", "x".repeat(200)),
            Map.of(entries.getFirst(), "relu-l0-16/"),
            Map.of("tradeoff.csv", "tradeoff.csv"))
        .page()
        .bytes();
  }

  private static TradeOffEntry entry(String architecture, String sparsity, double l0) {
    Estimate value = new Estimate(0.8 + l0 / 300, 0.79 + l0 / 300, 0.81 + l0 / 300, 100);
    return new TradeOffEntry(
        architecture,
        sparsity,
        Map.of(
            "l0", new Estimate(l0, l0 - 1, l0 + 1, 100),
            "explained_variance", value,
            "loss_recovered_mean_ablation", value),
        0);
  }

  @AfterAll
  static void close() throws Exception {
    if (started.isPresent()) {
      started.get().close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "run, 390, light", "run, 390, dark", "run, 820, light", "run, 1280, dark",
    "sweep, 390, light", "sweep, 390, dark", "sweep, 820, light", "sweep, 1280, dark"
  })
  void every_text_can_be_read(String page, int width, String colours) throws Exception {
    Chromium browser = started.orElseThrow();
    browser.forget();
    browser.look(width, 800, colours);
    browser.send(
        "Page.navigate",
        Map.of("url", folder.resolve(page + ".html").toUri() + "?" + width + colours));
    browser.await(
        "location.search === '?%d%s' && document.readyState === 'complete'"
            .formatted(width, colours));

    assertThat(browser.value(Contrast.POOR)).as("poor contrast").isEmpty();
    assertThat(
            browser
                .value(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .asInt())
        .as("pixels to scroll sideways")
        .isZero();
    assertThat(
            browser
                .value(
                    "Math.min(...[...document.querySelectorAll('svg text')].map(text =>"
                        + " parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))")
                .asDouble())
        .as("smallest letters of a picture")
        .isGreaterThan(9.5);
    assertThat(
            browser
                .value("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 60")
                .asBoolean())
        .as("dark")
        .isEqualTo(colours.equals("dark"));
    assertThat(browser.value("document.querySelectorAll('svg title').length").asInt())
        .as("hints at the pointer")
        .isPositive();
    assertThat(browser.value("document.querySelectorAll('a').length").asInt()).isPositive();
    assertThat(browser.complaints()).isEmpty();
  }
}
