// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sae4j.dashboard.ActivationSummary;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.Excerpt;
import sae4j.dashboard.FeatureName;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.FeaturePage.Sequence;
import sae4j.dashboard.PageSink;
import sae4j.dashboard.PromptReading;
import sae4j.dashboard.Similar;
import sae4j.files.NewFile;

/// Writes a dashboard as a site. All files go into one folder, except the page itself, which is
/// beside that folder and refers to it as [#FOLDER]; see [#page].
public final class Site implements PageSink {
  /// The name that the folder must have beside the page.
  public static final String FOLDER = "dashboard";

  /// The number of features in a script. A script is loaded when one of its features is opened.
  public static final int FEATURES_A_SCRIPT = 64;

  private static final List<String> SCRIPTS =
      List.of(
          "data.js",
          "format.js",
          "charts.js",
          "tokens.js",
          "index.js",
          "feature.js",
          "prompt.js",
          "app.js");
  private static final int PROMPTS = 8;
  private static final int PROMPT_TOKENS = 240;
  private static final int TOKENS_IN_INDEX = 3;
  private static final int SAMPLE_BEFORE = 9;
  private static final int SAMPLE_AFTER = 6;

  private final Path folder;
  private final Dashboard dashboard;
  private final Description description;
  private final Map<Integer, FeatureName> names;
  private final TokenStrings tokens = new TokenStrings();
  private final FeatureData data = new FeatureData(tokens);
  private final SearchWords words = new SearchWords();
  private final List<FeaturePage> waiting = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private int scripts;

  /// @param folder empty
  /// @param names what features are called
  public Site(
      Path folder, Dashboard dashboard, Description description, Map<Integer, FeatureName> names) {
    this.folder = folder;
    this.dashboard = dashboard;
    this.description = description;
    this.names = names;
  }

  /// The page, `index.html`.
  public static byte[] page() throws IOException {
    return resource("index.html");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException(
            "resource " + name + " of the dashboard is missing; build the project again");
      }
      return in.readAllBytes();
    }
  }

  @Override
  public void add(List<FeaturePage> pages) throws IOException {
    for (FeaturePage page : pages) {
      waiting.add(page);
      rows.add(row(page));
      words.add(page);
      if (waiting.size() == FEATURES_A_SCRIPT) {
        flush();
      }
    }
  }

  private void flush() throws IOException {
    Path features = NewFile.folder(folder.resolve("data/features"));
    String number = Integer.toString(scripts++);
    DataScript.write(
        features.resolve(number + ".js"),
        "features/" + number,
        json -> {
          json.writeStartArray();
          for (FeaturePage page : waiting) {
            data.write(json, page);
          }
          json.writeEndArray();
        });
    waiting.clear();
  }

  /// A feature's entry in the index.
  ///
  /// @param cosine of encoder and decoder vector
  /// @param peaks its most common peak tokens
  /// @param peak index of the sample's peak token
  /// @param sample its strongest sequence, in short; empty where it is never active
  private record Row(double cosine, int[] peaks, int peak, int[] sample) {}

  private Row row(FeaturePage page) {
    if (page.top().isEmpty()) {
      return new Row(page.cosine(), new int[0], 0, new int[0]);
    }
    Excerpt strongest = page.top().getFirst().excerpt();
    int from = Math.max(0, strongest.peak() - SAMPLE_BEFORE);
    int to = Math.min(strongest.tokens().size(), strongest.peak() + 1 + SAMPLE_AFTER);
    int[] sample = strongest.tokens().subList(from, to).stream().mapToInt(tokens::number).toArray();
    return new Row(page.cosine(), peakTokens(page), strongest.peak() - from, sample);
  }

  /// The peak tokens of the strongest sequences, most common first.
  private int[] peakTokens(FeaturePage page) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Sequence sequence : page.top()) {
      counts.merge(sequence.token(), 1, Integer::sum);
    }
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(TOKENS_IN_INDEX)
        .mapToInt(entry -> tokens.number(entry.getKey()))
        .toArray();
  }

  @Override
  public void finish() throws IOException {
    if (!waiting.isEmpty()) {
      flush();
    }
    Path dataFolder = NewFile.folder(folder.resolve("data"));
    DataScript.write(dataFolder.resolve("prompts.js"), "prompts", this::prompts);
    DataScript.write(dataFolder.resolve("index.js"), "index", this::index);
    DataScript.write(dataFolder.resolve("words.js"), "words", words::write);
    DataScript.write(
        dataFolder.resolve("documents.js"),
        "documents",
        json ->
            strings(json, dashboard.text().documents().stream().map(each -> each.name()).toList()));
    DataScript.write(
        dataFolder.resolve("tokens.js"), "tokens", json -> strings(json, tokens.texts()));
    DataScript.write(dataFolder.resolve("live.js"), "live", json -> json.writeBoolean(false));
    for (String script : SCRIPTS) {
      NewFile.write(folder.resolve(script), resource(script));
    }
    NewFile.write(folder.resolve("site.css"), resource("site.css"));
    description.sae().write(folder);
  }

  private static void strings(JsonGenerator json, List<String> texts) throws IOException {
    json.writeStartArray();
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private void prompts(JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (PromptReading sample :
        PromptReading.samples(dashboard.text(), dashboard.codes(), PROMPTS, PROMPT_TOKENS)) {
      prompt(json, sample);
    }
    json.writeEndArray();
  }

  /// A prompt as the site's scripts read it, which is also the loopback server's answer.
  public static byte[] json(PromptReading reading) throws IOException {
    return DataScript.json(json -> prompt(json, reading)).getBytes(StandardCharsets.UTF_8);
  }

  private static void prompt(JsonGenerator json, PromptReading reading) throws IOException {
    json.writeStartObject();
    json.writeStringField("title", reading.title());
    json.writeNumberField("kept", PromptReading.KEPT_FEATURES);
    json.writeNumberField("unread", reading.unread());
    json.writeFieldName("tokens");
    strings(json, reading.tokens());
    json.writeArrayFieldStart("active");
    for (List<Similar> features : reading.active()) {
      json.writeStartArray();
      for (Similar feature : features) {
        json.writeNumber(feature.index());
        DataScript.number(json, feature.value());
      }
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void index(JsonGenerator json) throws IOException {
    List<ActivationSummary> summaries = dashboard.summaries();
    json.writeStartObject();
    json.writeStringField("title", description.title());
    json.writeStringField("architecture", description.architecture());
    json.writeStringField("model", description.model());
    json.writeStringField("hook", description.hook());
    json.writeStringField("source", description.source());
    json.writeNumberField("tokens", dashboard.codes().rows());
    json.writeNumberField("documents", dashboard.text().documents().size());
    json.writeFieldName("l0");
    DataScript.number(json, dashboard.codes().count() / (double) dashboard.codes().rows());
    json.writeNumberField("perScript", FEATURES_A_SCRIPT);
    json.writeBooleanField("logits", dashboard.hasLogits());
    json.writeArrayFieldStart("density");
    for (ActivationSummary summary : summaries) {
      DataScript.number(json, summary.density());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("max");
    for (ActivationSummary summary : summaries) {
      DataScript.number(json, summary.max());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("cosine");
    for (Row row : rows) {
      DataScript.number(json, row.cosine);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("peaks");
    for (Row row : rows) {
      json.writeArray(row.peaks, 0, row.peaks.length);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("samples");
    for (Row row : rows) {
      if (row.sample.length == 0) {
        json.writeNull();
        continue;
      }
      json.writeStartArray();
      json.writeNumber(row.peak);
      json.writeArray(row.sample, 0, row.sample.length);
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeObjectFieldStart("names");
    for (Map.Entry<Integer, FeatureName> name : names.entrySet()) {
      json.writeArrayFieldStart(Integer.toString(name.getKey()));
      json.writeString(name.getValue().name());
      json.writeString(name.getValue().quality());
      json.writeEndArray();
    }
    json.writeEndObject();
    json.writeEndObject();
  }
}
