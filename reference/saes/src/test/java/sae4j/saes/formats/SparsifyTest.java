// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.TokensRead;

/// Where the activations came from, in files of sparsify, which has no field for it.
class SparsifyTest {
  private static final String END = "\"d_in\":";
  private static final Origin ORIGIN =
      new Origin("google/gemma-2-2b", "blocks.3.mlp.hook_in", "blocks.3.hook_mlp_out", 77)
          .reading(new TokensRead(false, true, "[3,null]"))
          .ofHead(2)
          .centred(true);

  @TempDir private Path folder = Path.of("");

  /// A fixture whose cfg.json has a further field.
  private Path with(String fixture, String field) throws IOException {
    Path sae = Fixtures.copy(fixture, folder.resolve(fixture));
    Fixtures.change(sae.resolve("cfg.json"), END, field + ", " + END);
    return sae;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sparsify_sae", "sparsify_skip_transcoder"})
  void where_activations_came_from_is_written_and_read(String fixture) throws IOException {
    SaeWeights given = SaeFormats.read(Fixtures.named(fixture));
    Origin origin = given.transcoder() ? ORIGIN : ORIGIN.predicting(null);
    Path out = folder.resolve("out");
    assertThat(SaeFormats.write(SaeFormats.named("sparsify"), out, given.from(origin))).isEmpty();
    assertThat(SaeFormats.read(out).origin()).isEqualTo(origin);

    JsonNode config = new ObjectMapper().readTree(out.resolve("cfg.json").toFile());
    JsonNode metadata = config.path("metadata");
    assertThat(metadata.path("model_name").asText()).isEqualTo("google/gemma-2-2b");
    assertThat(metadata.path("hook_name").asText()).isEqualTo("blocks.3.mlp.hook_in");
    assertThat(metadata.has("hook_name_out")).isEqualTo(given.transcoder());
    assertThat(metadata.path("context_size").asInt()).isEqualTo(77);
    assertThat(metadata.path("prepend_bos").asBoolean(true)).isFalse();

    Path saelens = folder.resolve("neutral");
    SaeFormats.write(SaeFormats.named("sae4j"), saelens, SaeFormats.read(out));
    assertThat(SaeFormats.read(saelens).origin()).isEqualTo(origin);
  }

  @Test
  void a_file_that_says_nothing_is_read_and_written_as_it_was() throws IOException {
    for (String fixture : List.of("sparsify_sae", "sparsify_skip_transcoder")) {
      Path before = Fixtures.named(fixture);
      SaeWeights weights = SaeFormats.read(before);
      assertThat(weights.origin()).isEqualTo(Origin.UNKNOWN);
      Path out = folder.resolve(fixture);
      SaeFormats.write(SaeFormats.named("sparsify"), out, weights);
      ObjectMapper json = new ObjectMapper();
      assertThat(json.readTree(out.resolve("cfg.json").toFile()).toString())
          .isEqualTo(json.readTree(before.resolve("cfg.json").toFile()).toString());
    }
  }

  /// With the fields in their order, and what nobody reads.
  @Test
  void a_file_that_says_it_is_written_again_byte_for_byte() throws IOException {
    Path sae =
        with(
            "sparsify_sae",
            "\"metadata\": {\"dataset_path\": \"some/text\", \"hook_name\":"
                + " \"blocks.1.hook_resid_post\", \"model_name\": \"gpt2\","
                + " \"exclude_special_tokens\": [0, 2]}");
    Path once = folder.resolve("once");
    SaeFormats.write(SaeFormats.named("sparsify"), once, SaeFormats.read(sae));
    Path twice = folder.resolve("twice");
    SaeFormats.write(SaeFormats.named("sparsify"), twice, SaeFormats.read(once));
    for (String file : List.of("cfg.json", "sae.safetensors")) {
      assertThat(twice.resolve(file)).hasSameBinaryContentAs(once.resolve(file));
    }
    assertThat(Files.readString(once.resolve("cfg.json"))).contains("some/text", "[ 0, 2 ]");
    Origin read = SaeFormats.read(twice).origin();
    assertThat(read.hookName()).isEqualTo("blocks.1.hook_resid_post");
    assertThat(read.tokensRead().leavesOutSpecial()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "metadata": null|metadata: is 'null'; it must be an object
          "metadata": ["gpt2"]|metadata: is
          "metadata": {"model_name": 3}|metadata.model_name: is '3'; it must be text
          "metadata": {"hook_name": ["a", "b"]}|metadata.hook_name: is
          "metadata": {"context_size": 0}|metadata.context_size: is '0'
          "metadata": {"prepend_bos": "yes"}|metadata.prepend_bos: is 'yes'
          "metadata": {"seqpos_slice": [1.5]}|metadata.seqpos_slice: is
          "metadata": {"hook_head_index": -1}|metadata.hook_head_index: is '-1'
          "metadata": {"modelname": "gpt2"}|metadata.'modelname': is an option
          "metadata": {"hook_name_out": "blocks.1.hook_mlp_out"}|metadata.hook_name_out: is
          "metadata": {}, "metadata": {}|metadata
          """)
  void metadata_that_are_not_understood_are_refused_by_name(String field, String problem)
      throws IOException {
    Path sae = with("sparsify_sae", field);
    assertThatThrownBy(() -> SaeFormats.read(sae))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(sae.resolve("cfg.json").toString())
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }
}
