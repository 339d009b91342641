// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A small dashboard for those who write it out: ten features on 400 tokens, one of them dead.
public final class SmallDashboard {
  private static final CodedText TEXT = text();

  private SmallDashboard() {}

  private static CodedText text() {
    CodedText text = CodedText.random(7, 400, 10, 0.15);
    for (int t = 0; t < text.tokens(); t++) {
      text.codesTF()[t * 10 + 9] = 0;
    }
    return text;
  }

  /// Opens it.
  public static Dashboard open(Path scratch) {
    return TEXT.dashboard(scratch, new Plan(5, 3, 2, 4, 3, 3, 1));
  }

  /// Its pages with what a model would say about them.
  public static List<FeaturePage> pages(Dashboard dashboard) {
    LogitEffects logits =
        new LogitEffects(
            List.of(new LogitEffects.TokenEffect(" int", 1.5)),
            List.of(new LogitEffects.TokenEffect("\0;", -0.25)),
            Histogram.of(new float[] {-0.25f, 0.1f, 1.5f}, 50));
    return dashboard.pages(0, dashboard.features()).stream()
        .map(
            page ->
                new FeaturePage(
                    page.feature(),
                    page.summary(),
                    page.cosine(),
                    page.decoder(),
                    page.decoderNorm(),
                    page.decoderL1(),
                    page.neurons(),
                    page.nearest(),
                    page.companions(),
                    logits,
                    page.top(),
                    page.intervals()))
        .toList();
  }

  /// Writes pages into a sink, some at a time.
  public static void write(PageSink sink, List<FeaturePage> pages) throws IOException {
    sink.add(pages.subList(0, 6));
    sink.add(pages.subList(6, pages.size()));
    sink.finish();
  }
}
