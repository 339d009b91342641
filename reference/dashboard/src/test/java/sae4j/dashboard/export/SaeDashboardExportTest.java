// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.SmallDashboard;
import sae4j.models.HookPoint;

/// Fields after SAEDashboard's batch files. Its reader builds objects from all keys of a feature
/// and of an activation, so a key it does not know is an error, and so is one that its conversion
/// to Neuronpedia's tables looks up and does not find.
class SaeDashboardExportTest {
  private static final Columns BATCH =
      Columns.of(
          """
          model_id String!
          layer Int!
          sae_set String!
          sae_id_suffix String?!
          """);
  private static final Columns FEATURE =
      Columns.of(
          """
          feature_index Int!
          neuron_alignment_indices Int[]!
          neuron_alignment_values Float[]!
          neuron_alignment_l1 Float[]!
          correlated_neurons_indices Int[]!
          correlated_neurons_l1 Float[]!
          correlated_neurons_pearson Float[]!
          correlated_features_indices Int[]!
          correlated_features_l1 Float[]!
          correlated_features_pearson Float[]!
          neg_str String[]!
          neg_values Float[]!
          pos_str String[]!
          pos_values Float[]!
          frac_nonzero Float!
          freq_hist_data_bar_values Float[]!
          freq_hist_data_bar_heights Float[]!
          logits_hist_data_bar_heights Float[]!
          logits_hist_data_bar_values Float[]!
          n_prompts_total Int!
          n_tokens_in_prompt Int!
          dataset String!
          decoder_weights_dist Float[]!
          vector Float[]
          """);
  private static final Columns ACTIVATION =
      Columns.of(
          """
          bin_min Float!
          bin_max Float!
          bin_contains Float!
          tokens String[]!
          values Float[]!
          qualifying_token_index Int!
          dfa_values Float[]
          dfa_maxValue Float
          dfa_targetIndex Int
          """);

  @TempDir Path folder;
  private List<FeaturePage> pages = List.of();

  @BeforeEach
  void write() throws IOException {
    Provenance provenance =
        new Provenance(
            "java-gpt2-tiny", HookPoint.residPost(2), "set", "Java", 25, 16, Instant.EPOCH);
    try (Dashboard dashboard = SmallDashboard.open(folder)) {
      pages = SmallDashboard.pages(dashboard);
      SmallDashboard.write(new SaeDashboardExport(folder, provenance), pages);
    }
  }

  private JsonNode read(String file) throws IOException {
    return new JsonMapper().readTree(folder.resolve(file).toFile());
  }

  @Test
  void batches_hold_every_feature_in_fields_that_the_reader_knows() throws IOException {
    int expected = 0;
    for (String file : List.of("batch-0.json", "batch-1.json")) {
      var batch = (ObjectNode) read(file);
      JsonNode features = batch.remove("features");
      BATCH.accept(batch);
      for (JsonNode feature : features) {
        var fields = (ObjectNode) feature;
        JsonNode activations = fields.remove("activations");
        FEATURE.accept(fields);
        activations.forEach(ACTIVATION::accept);
        assertThat(feature.path("feature_index").asInt()).isEqualTo(expected++);
      }
    }
    assertThat(expected).isEqualTo(10);
    assertThat(read("skipped_indexes.json").path("skipped_indexes").isArray()).isTrue();
  }

  @Test
  void numbers_are_those_of_the_pages() throws IOException {
    JsonNode feature = read("batch-0.json").path("features").get(3);
    FeaturePage page = pages.get(3);
    assertThat(feature.path("frac_nonzero").asDouble()).isEqualTo(page.summary().density());
    JsonNode top = feature.path("activations").get(0);
    assertThat(top.path("bin_min").asInt()).isEqualTo(-1);
    assertThat(top.path("bin_contains").asInt()).isEqualTo(-1);
    assertThat(top.path("bin_max").asDouble()).isCloseTo(page.summary().max(), within(1e-5));
    float[] activations = page.top().getFirst().activations();
    for (int i = 0; i < activations.length; i++) {
      assertThat(top.path("values").get(i).asDouble()).isCloseTo(activations[i], within(1e-5));
    }
    assertThat(feature.path("activations"))
        .hasSize(
            page.top().size()
                + page.intervals().stream().mapToInt(each -> each.sequences().size()).sum());
    assertThat(feature.path("correlated_features_pearson").get(0).asDouble())
        .isCloseTo(page.companions().getFirst().correlation(), within(1e-5));
  }

  @Test
  void a_dead_feature_is_written_with_empty_tables() throws IOException {
    JsonNode dead = read("batch-1.json").path("features").get(3);
    assertThat(dead.path("frac_nonzero").asDouble()).isZero();
    assertThat(dead.path("activations")).isEmpty();
    assertThat(dead.path("freq_hist_data_bar_heights")).isEmpty();
  }
}
