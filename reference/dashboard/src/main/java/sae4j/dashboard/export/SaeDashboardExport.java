// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.export;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.PageSink;
import sae4j.files.NewFile;

/// The files that SAEDashboard's Neuronpedia runner writes: `batch-N.json`, each with some
/// features, and `skipped_indexes.json`.
///
/// The fields follow `NeuronpediaDashboardBatch`, `…Feature` and `…Activation` of SAEDashboard.
public final class SaeDashboardExport implements PageSink {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private final Path folder;
  private final Provenance provenance;
  private int batches;

  /// @param folder that the files go into
  /// @param provenance the origin that the batches state
  public SaeDashboardExport(Path folder, Provenance provenance) {
    this.folder = folder;
    this.provenance = provenance;
  }

  @Override
  public void add(List<FeaturePage> pages) throws IOException {
    try (JsonGenerator json = create("batch-" + batches++ + ".json")) {
      json.writeStartObject();
      json.writeStringField("model_id", provenance.model());
      json.writeNumberField("layer", provenance.hook().layer());
      json.writeStringField("sae_set", provenance.set());
      json.writeNullField("sae_id_suffix");
      json.writeArrayFieldStart("features");
      for (FeaturePage page : pages) {
        feature(json, page);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private void feature(JsonGenerator json, FeaturePage page) throws IOException {
    json.writeStartObject();
    json.writeNumberField("feature_index", page.feature());
    FeatureTables.write(json, page);
    json.writeNumberField("n_prompts_total", provenance.prompts());
    json.writeNumberField("n_tokens_in_prompt", provenance.promptTokens());
    json.writeStringField("dataset", provenance.dataset());
    json.writeArrayFieldStart("activations");
    for (FeatureTables.Row row : FeatureTables.rows(page)) {
      json.writeStartObject();
      json.writeFieldName("bin_min");
      FeatureTables.number(json, row.from());
      json.writeFieldName("bin_max");
      FeatureTables.number(json, row.to());
      json.writeFieldName("bin_contains");
      FeatureTables.number(json, row.share());
      FeatureTables.activations(json, row.sequence());
      json.writeNumberField("qualifying_token_index", row.sequence().excerpt().peak());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  @Override
  public void finish() throws IOException {
    try (JsonGenerator json = create("skipped_indexes.json")) {
      json.writeStartObject();
      json.writeStringField("model_id", provenance.model());
      json.writeStringField("layer", Integer.toString(provenance.hook().layer()));
      json.writeStringField("sae_set", provenance.set());
      json.writeNullField("log_sparsity");
      json.writeArrayFieldStart("skipped_indexes");
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private JsonGenerator create(String name) throws IOException {
    return JSON.createGenerator(NewFile.open(folder.resolve(name)), JsonEncoding.UTF8);
  }
}
