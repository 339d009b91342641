// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.FormatException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.Pairing;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;
import sae4j.tensor.Backend;

/// What files say of where an SAE is from, what they leave open, and whether it is given what it
/// was trained on.
class ProvenanceTest {
  @TempDir private Path folder = Path.of("");

  private Path copy(String fixture, String to) throws IOException {
    Path target = Files.createDirectories(folder.resolve(to));
    try (var files = Files.list(Fixtures.root().resolve(fixture))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, target.resolve(file.getFileName().toString()));
      }
    }
    return target;
  }

  private Path saelens(String metadata) throws IOException {
    Path sae = copy("saelens_standard", "sae");
    Path config = sae.resolve("cfg.json");
    Files.writeString(
        config,
        Files.readString(config).replace("\"metadata\": {", "\"metadata\": {" + metadata + ", "));
    return sae;
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2, gpt2-small, true",
    "gpt2-small, openai-community/gpt2, true",
    "gpt2, /data/models/gpt2/, true",
    "gpt2, /c/models--openai-community--gpt2/snapshots/0123abc, true",
    "EleutherAI/pythia-70m-deduped, pythia-70m-deduped, true",
    "meta-llama/Meta-Llama-3-8B, llama-3-8b, true",
    "gpt2, exported/gpt2/onnx/model.onnx, true",
    "gpt2, gpt2-medium, false",
    "pythia-70m, pythia-70m-deduped, false",
    "gpt2, java-gpt2-tiny, false"
  })
  void names_of_models_are_compared_by_what_they_name(String one, String other, boolean same) {
    assertThat(Pairing.isSameModel(one, other)).isEqualTo(same);
    assertThat(Pairing.isSameModel(other, one)).isEqualTo(same);
  }

  @Test
  void differences_are_said_with_both_sides_and_only_where_both_speak() {
    Origin sae = new Origin("gpt2-small", "blocks.1.hook_resid_post");
    assertThat(new Pairing(sae, new Origin("pythia-70m", "blocks.0.hook_resid_post")).differences())
        .hasSize(2)
        .anyMatch(line -> line.contains("gpt2-small") && line.contains("pythia-70m"))
        .anyMatch(
            line ->
                line.contains("blocks.1.hook_resid_post")
                    && line.contains("blocks.0.hook_resid_post"));
    for (Origin fits :
        List.of(
            Origin.UNKNOWN,
            new Origin("gpt2", null),
            new Origin("gpt2", "blocks.2.hook_resid_pre"),
            new Origin(null, "blocks.1.hook_resid_post"))) {
      assertThat(new Pairing(sae, fits).differences()).isEmpty();
    }
    assertThat(new Pairing(Origin.UNKNOWN, sae).differences()).isEmpty();
    assertThat(
            new Pairing(
                    sae.predicting("blocks.1.hook_mlp_out"),
                    sae.predicting("blocks.2.hook_mlp_out"))
                .differences())
        .hasSize(1);
  }

  @Test
  void centred_weights_and_a_head_are_read_kept_and_said_where_they_are_lost() throws IOException {
    SaeWeights weights =
        SaeFormats.read(
            saelens(
                "\"hook_head_index\": 3, \"model_from_pretrained_kwargs\":"
                    + " {\"center_writing_weights\": true, \"fold_ln\": true}"));
    assertThat(weights.origin().centred()).isTrue();
    assertThat(weights.origin().headIndex()).isEqualTo(3);
    assertThat(weights.source().assumptions()).anyMatch(line -> line.contains("fold_ln"));

    for (String keeps : List.of("saelens", "sae4j")) {
      Path kept = folder.resolve("as-" + keeps);
      SaeFormats.write(SaeFormats.named(keeps), kept, weights);
      assertThat(SaeFormats.read(kept).origin()).isEqualTo(weights.origin());
    }
    assertThat(
            SaeFormats.write(
                SaeFormats.named("dictionary-learning"), folder.resolve("dl"), weights))
        .anyMatch(line -> line.contains("centred"));
  }

  /// What decides how an SAE is read is kept, or its loss is said by name.
  @Test
  void what_decides_how_an_sae_is_read_is_kept_or_named() throws IOException {
    SaeWeights weights =
        SaeFormats.read(
            saelens(
                "\"prepend_bos\": false, \"exclude_special_tokens\": true, \"seqpos_slice\": [3,"
                    + " null], \"hook_head_index\": 2, \"context_size\": 77"));
    List<String> words =
        List.of("head", "contexts", "prepend_bos false", "special tokens", "[3,null]");
    for (SaeFormat format : SaeFormats.all()) {
      if (format.refusal(weights).isPresent()) {
        continue;
      }
      Path out = folder.resolve(format.name());
      String notes = String.join("\n", SaeFormats.write(format, out, weights));
      Origin kept = format.read(out).origin();
      assertThat(notes.contains(words.get(0)))
          .as(format.name() + notes)
          .isEqualTo(kept.headIndex() == null);
      assertThat(notes.contains(words.get(1))).isEqualTo(kept.contextSize() == null);
      assertThat(notes.contains(words.get(2)))
          .isEqualTo(kept.tokensRead().startsDocuments() == null);
      assertThat(notes.contains(words.get(3))).isEqualTo(!kept.tokensRead().leavesOutSpecial());
      assertThat(notes.contains(words.get(4))).isEqualTo(kept.tokensRead().positions() == null);
    }
    Path ours = folder.resolve("ours/sae.safetensors");
    assertThat(SaeFormats.write(SaeFormats.named("sae4j"), ours, weights)).isEmpty();
    Path back = folder.resolve("back");
    assertThat(SaeFormats.write(SaeFormats.named("saelens"), back, SaeFormats.read(ours)))
        .isEmpty();
    assertThat(SaeFormats.read(back).origin()).isEqualTo(weights.origin());
  }

  @Test
  void a_learned_threshold_that_another_format_has_no_place_for_is_said() throws IOException {
    SaeWeights weights = SaeFormats.read(Fixtures.named("dictionary_AutoEncoderTopK"));
    boolean set = weights.source().tensors().containsKey("threshold");
    assertThat(set).isTrue();
    for (String format : List.of("saelens", "llama-scope", "sparsify")) {
      assertThat(SaeFormats.write(SaeFormats.named(format), folder.resolve(format), weights))
          .as(format)
          .anyMatch(line -> line.contains("left out") && line.contains("threshold"));
    }
    assertThat(
            SaeFormats.write(
                SaeFormats.named("dictionary-learning"), folder.resolve("dl"), weights))
        .noneMatch(line -> line.contains("threshold"));
  }

  @Test
  void gemma_scope_is_a_transcoder_by_its_path_or_by_the_users_word_never_by_its_width()
      throws IOException {
    Path plain = copy("gemma_jumprelu", "layer_12/width_16k/average_l0_82");
    Path named = copy("gemma_jumprelu", "gemma-scope-2b-pt-transcoders/layer_12");
    SaeWeights sae = SaeFormats.read(plain);
    assertThat(sae.transcoder()).isFalse();
    assertThat(sae.source().assumptions())
        .anyMatch(line -> line.contains("no transcoder") && line.contains("--target-hook"));
    SaeWeights transcoder = SaeFormats.read(named);
    assertThat(transcoder.transcoder()).isTrue();
    assertThat(transcoder.architecture()).isEqualTo("transcoder");
    try (Backend ejml = new EjmlBackend()) {
      assertThat(SaeFiles.load(plain, ejml, true).sae().hooks().reconstructsInput()).isFalse();
      assertThat(SaeFiles.load(plain, ejml).sae().hooks().reconstructsInput()).isTrue();
      assertThat(SaeFiles.load(plain, ejml).assumptions()).isEqualTo(sae.source().assumptions());
      assertThat(SaeFiles.load(plain, ejml, true).assumptions())
          .noneMatch(line -> line.contains("transcoder"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gemma-scope-2b-pt-res/layer_12/width_16k, false, gemma-scope-2b-pt-res",
    "models--google--gemma-scope-9b-it-mlp-canonical/snapshots/0, false, gemma-scope-9b-it-mlp",
    "transcoder-work/gemma-scope-2b-pt-att/layer_1, false, gemma-scope-2b-pt-att",
    "gemma-scope-2b-pt-res/my-transcoder, true, my-transcoder",
    "Transcoders/layer_3, true, Transcoders",
    "layer_12/width_16k, false, neither"
  })
  void the_nearest_name_of_its_path_that_tells_decides(
      String place, boolean transcoder, String reason) throws IOException {
    SaeWeights weights = SaeFormats.read(copy("gemma_jumprelu", place));
    assertThat(weights.transcoder()).isEqualTo(transcoder);
    assertThat(weights.source().saysKind()).isFalse();
    assertThat(weights.source().kind()).contains(reason);
    assertThat(weights.source().assumptions()).contains(weights.source().kind());
    SaeWeights told = weights.asTranscoder();
    assertThat(told.transcoder()).isTrue();
    assertThat(told.source().assumptions()).doesNotContain(weights.source().kind());
  }

  @Test
  void gemma_scope_states_its_l0_by_the_name_of_its_folder() throws IOException {
    SaeWeights published =
        SaeFormats.read(copy("gemma_jumprelu", "layer_12/width_16k/average_l0_82"));
    assertThat(published.statedL0()).hasValue(82);
    assertThat(published.asTranscoder().statedL0()).hasValue(82);
    assertThat(published.assumptions())
        .anyMatch(line -> line.startsWith("82 active features") && line.contains("average_l0_82"));
    SaeWeights mine = SaeFormats.read(copy("gemma_jumprelu", "layer_12/mine"));
    assertThat(mine.statedL0()).isEmpty();
    assertThat(mine.assumptions()).noneMatch(line -> line.contains("active features"));
  }

  @Test
  void what_a_file_says_of_its_kind_the_user_does_not_change() throws IOException {
    SaeWeights weights = SaeFormats.read(Fixtures.named("saelens_standard"));
    assertThat(weights.asTranscoder()).isSameAs(weights);
  }

  @Test
  void what_a_file_leaves_open_is_listed_with_the_reason() throws IOException {
    assertThat(SaeFormats.read(Fixtures.named("openai_topk")).source().assumptions())
        .anyMatch(line -> line.contains("layer norm"));
    assertThat(SaeFormats.read(Fixtures.named("saelens_legacy_topk")).source().assumptions())
        .anyMatch(line -> line.contains("before version 6"))
        .anyMatch(line -> line.contains("architecture"));
    assertThat(SaeFormats.read(Fixtures.named("saelens_standard")).source().assumptions())
        .isEmpty();
  }

  /// -1 is what dictionary_learning's training begins with, 0 what SAELens' does.
  @ParameterizedTest
  @CsvSource({
    "dictionary_BatchTopKSAE, -1",
    "dictionary_MatryoshkaBatchTopKSAE, -1",
    "saelens_batchtopk_training, 0",
    "saelens_matryoshka_training, 0"
  })
  void a_threshold_that_training_has_not_set_is_said(String fixture, float unset)
      throws IOException {
    SaeWeights trained = SaeFormats.read(Fixtures.named(fixture));
    assertThat(trained.tensor("threshold").values()[0]).isPositive();
    assertThat(trained.assumptions()).noneMatch(line -> line.contains("threshold"));
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>(trained.tensors());
    tensors.put("threshold", trained.tensor("threshold").with((value, one, f) -> unset));
    SaeWeights begun =
        SaeWeights.builder(trained.activation(), tensors)
            .subtractsDecoderBias(trained.subtractsDecoderBias())
            .build();
    Path file = folder.resolve("begun");
    SaeFormats.write(SaeFormats.named("dictionary-learning"), file, begun);
    try (Backend ejml = new EjmlBackend()) {
      assertThat(SaeFiles.load(file, ejml).assumptions())
          .anyMatch(line -> line.contains("ReLU") && line.contains("k = " + trained.k()));
    }
  }

  @Test
  void a_folder_of_saes_names_them_in_the_order_of_their_layers() throws IOException {
    for (String layer : List.of("layers.2", "layers.10", "layers.0")) {
      copy("sparsify_sae", "all/" + layer);
    }
    assertThatThrownBy(() -> SaeFormats.read(folder.resolve("all")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("layers.0, layers.2, layers.10")
        .hasMessageContaining("give one of them");
  }

  @Test
  void the_root_of_a_hub_cache_is_its_snapshot() throws IOException {
    Path repository = folder.resolve("models--somebody--sae");
    copy("saelens_standard", "models--somebody--sae/snapshots/abc");
    assertThat(SaeFormats.read(repository).kind()).isEqualTo("relu SAE");
    copy("saelens_standard", "models--somebody--sae/snapshots/def");
    assertThatThrownBy(() -> SaeFormats.read(repository))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("abc", "def");
  }
}
