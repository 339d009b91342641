// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.SmallDashboard;
import sae4j.models.HookPoint;

/// Columns and types after Neuronpedia's database schema; the importer passes rows of the four
/// small tables to the database as they are, and takes the columns of features and activations from
/// a file's first line.
class NeuronpediaExportTest {
  private static final Columns RELEASE =
      Columns.of(
          """
          name String!
          visibility Visibility
          isNewUi Boolean
          featured Boolean
          description String!
          descriptionShort String?
          urls String[]!
          creatorEmail String?
          creatorName String!
          creatorNameShort String?
          creatorId String!
          defaultSourceSetName String?
          defaultSourceId String?
          defaultUmapSourceIds String[]
          createdAt DateTime
          """);
  private static final Columns MODEL =
      Columns.of(
          """
          id String!
          displayNameShort String
          displayName String
          creatorId String!
          tlensId String?
          dimension Int?
          thinking Boolean
          visibility Visibility
          inferenceEnabled Boolean
          instruct Boolean
          layers Int!
          neuronsPerLayer Int!
          createdAt DateTime
          owner String!
          updatedAt DateTime
          website String?
          """);
  private static final Columns SOURCE_SET =
      Columns.of(
          """
          modelId String!
          name String!
          hasDashboards Boolean
          allowInferenceSearch Boolean
          visibility Visibility
          description String!
          type String
          creatorName String!
          urls String[]
          creatorEmail String?
          creatorId String!
          releaseName String?
          defaultRange Int
          defaultShowBreaks Boolean
          showDfa Boolean
          showCorrelated Boolean
          createdAt DateTime
          """);
  private static final Columns SOURCE =
      Columns.of(
          """
          id String!
          modelId String!
          hasDashboards Boolean
          inferenceEnabled Boolean
          saelensRelease String?
          saelensSaeId String?
          hfRepoId String?
          hfFolderId String?
          visibility Visibility
          setName String!
          creatorId String!
          num_prompts Int?
          num_tokens_in_prompt Int?
          dataset String?
          notes String?
          createdAt DateTime
          """);
  private static final Columns NEURON =
      Columns.of(
          """
          modelId String!
          layer String!
          index String!
          sourceSetName String?
          creatorId String?
          createdAt DateTime
          maxActApprox Float?
          hasVector Boolean
          vector Float[]
          vectorLabel String?
          vectorDefaultSteerStrength Float?
          hookName String?
          topkCosSimIndices Int[]
          topkCosSimValues Float[]
          neuron_alignment_indices Int[]
          neuron_alignment_values Float[]
          neuron_alignment_l1 Float[]
          correlated_neurons_indices Int[]
          correlated_neurons_pearson Float[]
          correlated_neurons_l1 Float[]
          correlated_features_indices Int[]
          correlated_features_pearson Float[]
          correlated_features_l1 Float[]
          neg_str String[]
          neg_values Float[]
          pos_str String[]
          pos_values Float[]
          frac_nonzero Float
          freq_hist_data_bar_heights Float[]
          freq_hist_data_bar_values Float[]
          logits_hist_data_bar_heights Float[]
          logits_hist_data_bar_values Float[]
          decoder_weights_dist Float[]
          """);
  private static final Columns ACTIVATION =
      Columns.of(
          """
          id String!
          tokens String[]!
          dataIndex String?
          index String!
          layer String!
          modelId String!
          dataSource String?
          maxValue Float!
          maxValueTokenIndex Int!
          minValue Float!
          values Float[]!
          dfaValues Float[]
          dfaTargetIndex Int?
          dfaMaxValue Float?
          creatorId String!
          createdAt DateTime
          lossValues Float[]
          logitContributions String?
          binMin Float?
          binMax Float?
          binContains Float?
          qualifyingTokenIndex Int?
          """);

  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    Provenance provenance =
        new Provenance(
            "java-gpt2-tiny",
            HookPoint.residPost(2),
            "sae4j-10",
            "Java sources",
            25,
            16,
            Instant.parse("2026-01-02T03:04:05Z"));
    try (Dashboard dashboard = SmallDashboard.open(folder)) {
      List<FeaturePage> pages = SmallDashboard.pages(dashboard);
      NeuronpediaExport export =
          new NeuronpediaExport(folder, provenance, new NeuronpediaExport.ModelSize(4, 6));
      SmallDashboard.write(export, pages);
    }
  }

  private List<JsonNode> rows(String file) throws IOException {
    Path path = folder.resolve("java-gpt2-tiny/2-sae4j-10").resolve(file);
    List<JsonNode> rows = new ArrayList<>();
    try (InputStream in = Files.newInputStream(path);
        InputStream plain = file.endsWith(".gz") ? new GZIPInputStream(in) : in) {
      for (String line :
          new String(plain.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        rows.add(new JsonMapper().readTree(line));
      }
    }
    return rows;
  }

  @Test
  void the_small_tables_have_one_row_that_the_database_accepts() throws IOException {
    assertThat(rows("release.jsonl")).singleElement().satisfies(RELEASE::accept);
    assertThat(rows("model.jsonl")).singleElement().satisfies(MODEL::accept);
    assertThat(rows("sourceset.jsonl")).singleElement().satisfies(SOURCE_SET::accept);
    assertThat(rows("source.jsonl")).singleElement().satisfies(SOURCE::accept);
  }

  @Test
  void rows_refer_to_rows_that_exist() throws IOException {
    JsonNode source = rows("source.jsonl").getFirst();
    JsonNode set = rows("sourceset.jsonl").getFirst();
    assertThat(set.path("releaseName")).isEqualTo(rows("release.jsonl").getFirst().path("name"));
    assertThat(set.path("modelId")).isEqualTo(rows("model.jsonl").getFirst().path("id"));
    assertThat(source.path("setName")).isEqualTo(set.path("name"));
    assertThat(source.path("id").asText()).isEqualTo("2-sae4j-10");
    Set<String> features = new HashSet<>();
    for (String batch : List.of("batch-0", "batch-1")) {
      for (JsonNode feature : rows("features/" + batch + ".jsonl.gz")) {
        assertThat(feature.path("layer")).isEqualTo(source.path("id"));
        features.add(feature.path("index").asText());
      }
      for (JsonNode activation : rows("activations/" + batch + ".jsonl.gz")) {
        assertThat(features).contains(activation.path("index").asText());
      }
    }
    assertThat(features).hasSize(10);
  }

  @Test
  void features_have_the_tables_columns_and_all_the_same() throws IOException {
    List<JsonNode> rows = rows("features/batch-0.jsonl.gz");
    assertThat(rows).allSatisfy(NEURON::accept);
    assertThat(rows).allSatisfy(row -> sameColumns(row, rows.getFirst()));
    JsonNode first = rows.getFirst();
    assertThat(first.path("vector")).hasSize(6);
    assertThat(first.path("freq_hist_data_bar_heights")).hasSize(50);
    assertThat(first.path("freq_hist_data_bar_values")).hasSize(50);
    assertThat(first.path("pos_str").get(0).asText()).isEqualTo(" int");
    assertThat(first.path("hookName").asText()).isEqualTo("blocks.2.hook_resid_post");
  }

  @Test
  void activations_have_the_tables_columns_and_say_where_they_are_largest() throws IOException {
    Set<String> ids = new HashSet<>();
    for (String batch : List.of("batch-0", "batch-1")) {
      List<JsonNode> rows = rows("activations/" + batch + ".jsonl.gz");
      for (JsonNode row : rows) {
        ACTIVATION.accept(row);
        sameColumns(row, rows.getFirst());
        assertThat(ids.add(row.path("id").asText())).as("ids are unique").isTrue();
        JsonNode values = row.path("values");
        assertThat(values).hasSameSizeAs(row.path("tokens"));
        assertThat(values.get(row.path("maxValueTokenIndex").asInt()).asDouble())
            .isEqualTo(row.path("maxValue").asDouble());
        assertThat(values).allMatch(value -> value.asDouble() <= row.path("maxValue").asDouble());
        double qualifying = values.get(row.path("qualifyingTokenIndex").asInt()).asDouble();
        assertThat(qualifying)
            .isBetween(row.path("binMin").asDouble() - 1e-5, row.path("binMax").asDouble() + 1e-5);
      }
      assertThat(rows.getFirst().path("binContains").asInt()).isEqualTo(-1);
    }
  }

  private static void sameColumns(JsonNode row, JsonNode first) {
    assertThat(row.propertyStream().map(e -> e.getKey()).toList())
        .isEqualTo(first.propertyStream().map(e -> e.getKey()).toList());
  }
}
