// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.files.FormatException;
import sae4j.saes.weights.SaeWeights;

/// What Gemma Scope 2's files and folders say of an SAE.
class GemmaScope2Test {
  @TempDir private Path scratch = Path.of("");

  private Path copy(String fixture, String place) throws IOException {
    return Fixtures.copy(fixture, scratch.resolve(place));
  }

  private static void change(Path folder, String text, String by) throws IOException {
    Fixtures.change(folder.resolve("config.json"), text, by);
  }

  private static void refused(Path folder, String... parts) {
    assertThatThrownBy(() -> SaeFormats.read(folder))
        .isInstanceOf(FormatException.class)
        .satisfies(refusal -> assertThat(refusal.getMessage()).contains(List.of(parts)));
  }

  @Test
  void the_configuration_names_model_and_hook_points() throws IOException {
    SaeWeights sae = SaeFormats.read(Fixtures.named("gemma2_resid_post"));
    assertThat(sae.transcoder()).isFalse();
    assertThat(sae.origin().hookName()).isEqualTo("blocks.3.hook_resid_post");
    assertThat(sae.origin().modelName()).isEqualTo("google/gemma-3-1b-pt");
    assertThat(sae.source().assumptions())
        .singleElement()
        .asString()
        .contains("config.json calls it gemma-v3-1b-pt");
    SaeWeights transcoder = SaeFormats.read(Fixtures.named("gemma2_transcoder"));
    assertThat(transcoder.transcoder()).isTrue();
    assertThat(transcoder.hasSkip()).isTrue();
    assertThat(transcoder.origin().hookName()).isEqualTo("blocks.3.mlp.hook_in");
    assertThat(transcoder.origin().outputHookName()).isEqualTo("blocks.3.hook_mlp_out");
  }

  @ParameterizedTest
  @CsvSource({
    "resid_post/layer_13_width_16k_l0_medium, blocks.13.hook_resid_post,",
    "resid_post_all/layer_0_width_16k_l0_small, blocks.0.hook_resid_post,",
    "attn_out/layer_5_width_65k_l0_big, blocks.5.attn.hook_z,",
    "mlp_out/layer_7_width_1m_l0_big, blocks.7.hook_mlp_out,",
    "transcoder/layer_9_width_262k_l0_big_affine, blocks.9.mlp.hook_in, blocks.9.hook_mlp_out"
  })
  void where_no_configuration_says_so_the_published_name_of_the_folder_does(
      String place, String reads, @Nullable String predicts) throws IOException {
    Path folder = copy(predicts == null ? "gemma2_resid_post" : "gemma2_transcoder", place);
    Files.delete(folder.resolve("config.json"));

    SaeWeights weights = SaeFormats.read(folder);

    assertThat(weights.origin().hookName()).isEqualTo(reads);
    assertThat(weights.origin().outputHookName()).isEqualTo(predicts);
    assertThat(weights.transcoder()).isEqualTo(predicts != null);
    assertThat(weights.source().assumptions())
        .anyMatch(line -> line.contains(reads) && line.contains("its path says so"));
  }

  @Test
  void where_nothing_says_so_it_is_taken_for_an_sae_in_so_many_words() throws IOException {
    Path folder = copy("gemma2_resid_post", "mine");
    Files.delete(folder.resolve("config.json"));

    SaeWeights weights = SaeFormats.read(folder);

    assertThat(weights.transcoder()).isFalse();
    assertThat(weights.source().saysKind()).isFalse();
    assertThat(weights.source().assumptions())
        .anyMatch(line -> line.contains("no transcoder") && line.contains("--target-hook"));
    assertThat(weights.asTranscoder().transcoder()).isTrue();
  }

  @Test
  void the_type_says_whether_it_is_a_transcoder_where_hook_points_do_not() throws IOException {
    Path folder = copy("gemma2_resid_post", "mine");
    Files.writeString(folder.resolve("config.json"), "{\"type\": \"transcoder\"}");
    assertThat(SaeFormats.read(folder).transcoder()).isTrue();
    Files.writeString(folder.resolve("config.json"), "{\"type\": \"sae\"}");
    SaeWeights sae = SaeFormats.read(folder);
    assertThat(sae.transcoder()).isFalse();
    assertThat(sae.source().saysKind()).isTrue();
    Path contradicting = copy("gemma2_transcoder", "contradicting");
    change(contradicting, "_connection\": true", "_connection\": true, \"type\": \"sae\"");
    refused(contradicting, "type", "is 'sae'", "transcoder");
  }

  @Test
  void a_hook_point_that_is_not_known_is_refused_unless_the_path_tells() throws IOException {
    Path folder = copy("gemma2_resid_post", "mine");
    change(folder, "model.layers.3.output", "model.layers.3.mlp.act");
    refused(folder, "hf_hook_point_in", "'model.layers.3.mlp.act'", "self_attn.o_proj");

    Path named = copy("gemma2_resid_post", "resid_post/layer_3_width_16k_l0_big");
    change(named, "model.layers.3.output", "model.layers.3.mlp.act");
    SaeWeights weights = SaeFormats.read(named);
    assertThat(weights.origin().hookName()).isEqualTo("blocks.3.hook_resid_post");
    assertThat(weights.source().assumptions())
        .anyMatch(line -> line.contains("config.json has 'model.layers.3.mlp.act'"));
  }

  @Test
  void what_contradicts_the_weights_is_refused_and_what_is_not_known_is_said() throws IOException {
    Path wide = copy("gemma2_resid_post", "wide");
    change(wide, "\"width\": 10", "\"width\": 16384");
    refused(wide, "width", "is 16384", "has 10 features");
    Path affine = copy("gemma2_transcoder", "affine");
    change(affine, "\"affine_connection\": true", "\"affine_connection\": false");
    refused(affine, "affine_connection", "has an affine_skip_connection");
    Path other = copy("gemma2_resid_post", "other");
    change(other, "jump_relu", "topk");
    refused(other, "architecture", "jump_relu");
    Path more = copy("gemma2_resid_post", "more");
    change(more, "\"l0\": 10", "\"l0\": 10, \"release\": \"x\"");
    assertThat(SaeFormats.read(more).source().assumptions())
        .anyMatch(line -> line.contains("release") && line.contains("change nothing"));
  }

  @Test
  void a_file_for_each_layer_is_a_crosscoder_and_refused() throws IOException {
    Path folder = Files.createDirectories(scratch.resolve("crosscoder/layer_7_13_17_22"));
    Files.copy(
        Fixtures.named("gemma2_resid_post").resolve("params.safetensors"),
        Objects.requireNonNull(folder.resolve("params_layer_0.safetensors")));
    refused(folder, "crosscoder", "give an SAE or a transcoder of one layer");
  }
}
