// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.export;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.PageSink;
import sae4j.files.NewFile;

/// The files that Neuronpedia imports: `MODEL/LAYER-SET/` with the rows of its tables
/// `SourceRelease`, `Model`, `SourceSet` and `Source` in a JSONL file each, and those of `Neuron`
/// and `Activation` in `features/batch-N.jsonl.gz` and `activations/batch-N.jsonl.gz`.
///
/// The columns follow the schema of Neuronpedia's database. Its importer takes the columns of a
/// file from the file's first line, so every line has the same columns.
public final class NeuronpediaExport implements PageSink {
  /// The default user of Neuronpedia's own tools, which a fresh database contains.
  private static final String CREATOR_ID = "clkht01d40000jv08hvalcvly";

  private static final String CREATOR = "sae4j";
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private final Path folder;
  private final Provenance provenance;
  private final ModelSize size;
  private int batches;

  /// The columns that the table of models requires.
  ///
  /// @param layers of the model
  /// @param width of its residual stream
  public record ModelSize(int layers, int width) {}

  /// @param folder that `MODEL/LAYER-SET/` goes into
  public NeuronpediaExport(Path folder, Provenance provenance, ModelSize size) throws IOException {
    this.folder = NewFile.folder(folder.resolve(provenance.model()).resolve(provenance.source()));
    this.provenance = provenance;
    this.size = size;
    NewFile.folder(this.folder.resolve("features"));
    NewFile.folder(this.folder.resolve("activations"));
  }

  /// Writes the fields of one row.
  private interface Row {
    void writeTo(JsonGenerator json) throws IOException;
  }

  @Override
  public void add(List<FeaturePage> pages) throws IOException {
    List<Row> features = new ArrayList<>();
    List<Row> activations = new ArrayList<>();
    for (FeaturePage page : pages) {
      features.add(json -> feature(json, page));
      List<FeatureTables.Row> rows = FeatureTables.rows(page);
      for (int i = 0; i < rows.size(); i++) {
        int number = i;
        activations.add(json -> activation(json, page.feature(), number, rows.get(number)));
      }
    }
    String name = "batch-" + batches++ + ".jsonl.gz";
    compressed(folder.resolve("features").resolve(name), features);
    compressed(folder.resolve("activations").resolve(name), activations);
  }

  private void identity(JsonGenerator json, int feature) throws IOException {
    json.writeStringField("modelId", provenance.model());
    json.writeStringField("layer", provenance.source());
    json.writeStringField("index", Integer.toString(feature));
    creation(json);
  }

  private void creation(JsonGenerator json) throws IOException {
    json.writeStringField("creatorId", CREATOR_ID);
    json.writeStringField("createdAt", provenance.created().toString());
  }

  private void feature(JsonGenerator json, FeaturePage page) throws IOException {
    identity(json, page.feature());
    json.writeStringField("sourceSetName", provenance.set());
    json.writeNumberField("maxActApprox", page.summary().max());
    json.writeBooleanField("hasVector", true);
    json.writeNullField("vectorLabel");
    json.writeNumberField("vectorDefaultSteerStrength", page.summary().max());
    json.writeStringField("hookName", provenance.hook().name());
    json.writeArrayFieldStart("topkCosSimIndices");
    for (var near : page.nearest()) {
      json.writeNumber(near.index());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("topkCosSimValues");
    for (var near : page.nearest()) {
      FeatureTables.number(json, near.value());
    }
    json.writeEndArray();
    FeatureTables.write(json, page);
  }

  private void activation(JsonGenerator json, int feature, int number, FeatureTables.Row row)
      throws IOException {
    float[] values = row.sequence().activations();
    int largest = 0;
    float least = values[0];
    for (int i = 0; i < values.length; i++) {
      largest = values[i] > values[largest] ? i : largest;
      least = Math.min(least, values[i]);
    }
    json.writeStringField("id", id(feature, number));
    identity(json, feature);
    FeatureTables.activations(json, row.sequence());
    json.writeNullField("dataIndex");
    json.writeNullField("dataSource");
    json.writeFieldName("maxValue");
    FeatureTables.number(json, values[largest]);
    json.writeNumberField("maxValueTokenIndex", largest);
    json.writeFieldName("minValue");
    FeatureTables.number(json, least);
    json.writeFieldName("binMin");
    FeatureTables.number(json, row.from());
    json.writeFieldName("binMax");
    FeatureTables.number(json, row.to());
    json.writeFieldName("binContains");
    FeatureTables.number(json, row.share());
    json.writeNumberField("qualifyingTokenIndex", row.sequence().excerpt().peak());
  }

  /// An id that is unique to a sequence and the same in every export.
  private String id(int feature, int number) {
    long source = (provenance.model() + '\0' + provenance.source()).hashCode() & 0xffff_ffffL;
    return "c%08x%08x%08x".formatted(source, feature, number);
  }

  @Override
  public void finish() throws IOException {
    plain(
        "release.jsonl",
        json -> {
          json.writeStringField("name", provenance.set());
          json.writeStringField("visibility", "PUBLIC");
          json.writeStringField("description", description());
          json.writeStringField("descriptionShort", description());
          json.writeArrayFieldStart("urls");
          json.writeEndArray();
          json.writeStringField("creatorName", CREATOR);
          json.writeStringField("creatorNameShort", CREATOR);
          creation(json);
        });
    plain(
        "model.jsonl",
        json -> {
          json.writeStringField("id", provenance.model());
          json.writeStringField("displayNameShort", provenance.model());
          json.writeStringField("displayName", provenance.model());
          json.writeNumberField("dimension", size.width());
          json.writeStringField("visibility", "PUBLIC");
          json.writeBooleanField("inferenceEnabled", false);
          json.writeBooleanField("instruct", false);
          json.writeNumberField("layers", size.layers());
          json.writeNumberField("neuronsPerLayer", 0);
          json.writeStringField("owner", CREATOR);
          creation(json);
          json.writeStringField("updatedAt", provenance.created().toString());
        });
    plain(
        "sourceset.jsonl",
        json -> {
          json.writeStringField("modelId", provenance.model());
          json.writeStringField("name", provenance.set());
          json.writeStringField("visibility", "PUBLIC");
          json.writeBooleanField("hasDashboards", true);
          json.writeStringField("description", description());
          json.writeStringField("creatorName", CREATOR);
          json.writeArrayFieldStart("urls");
          json.writeEndArray();
          json.writeStringField("releaseName", provenance.set());
          creation(json);
        });
    plain(
        "source.jsonl",
        json -> {
          json.writeStringField("id", provenance.source());
          json.writeStringField("modelId", provenance.model());
          json.writeStringField("setName", provenance.set());
          json.writeBooleanField("hasDashboards", true);
          json.writeBooleanField("inferenceEnabled", false);
          json.writeStringField("visibility", "PUBLIC");
          json.writeNumberField("num_prompts", provenance.prompts());
          json.writeNumberField("num_tokens_in_prompt", provenance.promptTokens());
          json.writeStringField("dataset", provenance.dataset());
          creation(json);
        });
  }

  private String description() {
    return provenance.set() + " at " + provenance.hook().site().label();
  }

  private void plain(String name, Row row) throws IOException {
    NewFile.write(folder.resolve(name), line(row).getBytes(StandardCharsets.UTF_8));
  }

  private static void compressed(Path file, List<Row> rows) throws IOException {
    try (OutputStream out = new GZIPOutputStream(NewFile.open(file), 1 << 16)) {
      for (Row row : rows) {
        out.write(line(row).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static String line(Row row) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      row.writeTo(json);
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }
}
