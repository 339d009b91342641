// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.files.FormatException;
import sae4j.saes.Activation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

final class SuitesTest {
  private static final Path LIST = Path.of("mine.json");

  @ParameterizedTest
  @CsvSource({
    "gemma-scope-2-1b-pt/layer_13/resid_post/16k/medium,"
        + " hf://google/gemma-scope-2-1b-pt/resid_post/layer_13_width_16k_l0_medium,"
        + " google/gemma-3-1b-pt, blocks.13.hook_resid_post,",
    "gemma-scope-2-27b-it/layer_5/transcoder/262k/small_affine,"
        + " hf://google/gemma-scope-2-27b-it/transcoder/layer_5_width_262k_l0_small_affine,"
        + " google/gemma-3-27b-it, blocks.5.mlp.hook_in, blocks.5.hook_mlp_out",
    "gemma-scope-9b-pt-att/layer_0/width_16k/average_l0_12,"
        + " hf://google/gemma-scope-9b-pt-att/layer_0/width_16k/average_l0_12,"
        + " google/gemma-2-9b, blocks.0.attn.hook_z,",
    "gemma-scope-9b-it-res/layer_20/width_131k/average_l0_13,"
        + " hf://google/gemma-scope-9b-it-res/layer_20/width_131k/average_l0_13,"
        + " google/gemma-2-9b-it, blocks.20.hook_resid_post,",
    "qwen-scope-3.5-2B-Base-w32K-l0_50/layer_7,"
        + " hf://Qwen/SAE-Res-Qwen3.5-2B-Base-W32K-L0_50/layer7.sae.pt,"
        + " Qwen/Qwen3.5-2B-Base, blocks.7.hook_resid_post,",
    "llama-scope-lxr-8x/layer_31,"
        + " hf://fnlp/Llama3_1-8B-Base-LXR-8x/Llama3_1-8B-Base-L31R-8x,"
        + " meta-llama/Llama-3.1-8B, blocks.31.hook_resid_post,",
    "gpt2-small-res-jb/blocks.8.hook_resid_pre,"
        + " hf://jbloom/GPT2-Small-SAEs-Reformatted/blocks.8.hook_resid_pre,"
        + " openai-community/gpt2, blocks.8.hook_resid_pre,",
    "qwen3-0.6b-transcoders-lowl0/layer_3,"
        + " hf://mwhanna/qwen3-0.6b-transcoders-lowl0/layer_3.safetensors,"
        + " Qwen/Qwen3-0.6b, blocks.3.mlp.hook_in, blocks.3.hook_mlp_out"
  })
  void a_name_leads_to_the_place_of_an_sae_and_what_it_is_of(
      String name, String at, String model, String hook, String predicts) throws IOException {
    SuiteSae found = new Suites(Suites.of(Map.of()).all()).find(name).orElseThrow();
    assertThat(found.at()).hasToString(at);
    assertThat(found.model()).isEqualTo(model);
    assertThat(found.hook()).isEqualTo(hook);
    assertThat(found.predicts()).isEqualTo(predicts);
  }

  @Test
  void what_is_no_name_of_a_suite_leads_nowhere() throws IOException {
    Suites suites = Suites.of(Map.of());
    for (String word :
        List.of(
            "demo",
            "runs/layer_3",
            "gemma-scope-2-1b-pt",
            "gemma-scope-2-1b-pt/layer_x/resid_post/16k/medium",
            "llama-scope-lxr-8x/layer_1/more")) {
      assertThat(suites.find(word)).as(word).isEmpty();
    }
    assertThatThrownBy(() -> suites.find("gpt2-small-res-jb/.."))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void every_suite_has_names_that_differ_and_reads_a_hook_point() throws IOException {
    List<Suite> all = Suites.of(Map.of()).all();
    assertThat(all.stream().map(Suite::name)).doesNotHaveDuplicates().hasSizeGreaterThan(20);
    assertThat(all).allMatch(suite -> suite.at().startsWith("hf://"));
    assertThat(all)
        .allMatch(suite -> suite.hook().startsWith("blocks.") || suite.hook().equals("{hook}"));
  }

  private static List<Suite> parsed(String json) throws FormatException {
    return Suites.parse(LIST, json.getBytes(StandardCharsets.UTF_8));
  }

  private static final String MINE =
      """
      {"saes": [{"name": "mine/{layer}", "at": "hf://me/saes/l{layer}", "model": "me/model",
        "hook": "blocks.{layer}.hook_resid_post", "bos": false}]}
      """;

  @Test
  void a_list_of_the_users_own_goes_before_ours(@TempDir Path folder) throws IOException {
    Path list = Files.writeString(folder.resolve("suites.json"), MINE);
    SuiteSae found =
        Suites.of(Map.of(Suites.VARIABLE, list.toString())).find("mine/4").orElseThrow();
    assertThat(found.at()).hasToString("hf://me/saes/l4");
    assertThat(found.bos()).isFalse();

    Files.createDirectories(folder.resolve("sae4j"));
    Files.copy(list, folder.resolve("sae4j/suites.json"));
    assertThat(Suites.of(Map.of("XDG_CONFIG_HOME", folder.toString())).find("mine/5")).isPresent();
    assertThatThrownBy(() -> Suites.of(Map.of(Suites.VARIABLE, folder + "/none.json")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("none.json");
  }

  @Test
  void a_part_that_a_name_has_twice_is_the_same_both_times_and_never_empty() throws IOException {
    Suites twice =
        new Suites(
            parsed(
                """
                {"saes": [{"name": "a-{layer}/{layer}-{w}", "at": "hf://o/n/l{layer}_{w}",
                  "model": "m", "hook": "blocks.{layer}.hook_resid_post"}]}
                """));
    assertThat(twice.find("a-3/3-16k").orElseThrow().at()).hasToString("hf://o/n/l3_16k");
    assertThat(twice.find("a-3/4-16k")).isEmpty();
    assertThat(twice.find("a-3/3-")).isEmpty();
  }

  @Test
  @Timeout(5)
  void a_long_word_is_compared_in_no_time() throws IOException {
    Suites dashes =
        new Suites(
            parsed(
                """
                {"saes": [{"name": "{a}-{b}-{c}/{d}-{e}-{f}/x", "at": "hf://o/{a}", "model": "m",
                  "hook": "h"}]}
                """));
    assertThat(dashes.find("-".repeat(190) + "/" + "-".repeat(190) + "/y")).isEmpty();
    assertThat(dashes.find("-".repeat(100_000) + "/y")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | saes: is missing; it must be a list of objects",
        "{\"saes\": [1]} | saes[0]: is '1'; it must be an object",
        "{\"saes\": [], \"more\": 1} | more: is not understood; known are saes",
        "{\"saes\": [{\"at\": \"hf://a/b\"}]} | saes[0].name: is missing",
        "{\"saes\": [{\"name\": 3}]} | saes[0].name: is '3'; it must be text",
        "{\"saes\": [{\"name\": \"a\", \"at\": \"a/b\", \"model\": \"m\", \"hook\": \"h\"}]}"
            + " | saes[0].at: is 'a/b'; it begins with hf://",
        "{\"saes\": [{\"name\": \"a\", \"at\": \"hf://a\", \"model\": \"m\", \"hook\": \"h\"}]}"
            + " | saes[0].at: is 'hf://a'",
        "{\"saes\": [{\"name\": \"a\", \"at\": \"hf://a/b/../c\", \"model\": \"m\", \"hook\":"
            + " \"h\"}]} | saes[0].at: is 'hf://a/b/../c'",
        "{\"saes\": [{\"name\": \"a\", \"at\": \"hf://a/b\", \"model\": \"m\", \"hook\":"
            + " \"h{x}\"}]} | saes[0].hook: has the part {x}",
        "{\"saes\": [{\"name\": \"a\", \"at\": \"hf://a/b\", \"model\": \"m\", \"hook\": \"h\","
            + " \"predicts\": \"\"}]} | saes[0].predicts: is empty",
        "{\"saes\": [{\"name\": \"{a}-{b}-{c}-{d}\", \"at\": \"hf://a/b\", \"model\": \"m\","
            + " \"hook\": \"h\"}]} | saes[0].name: has more than 3 parts",
        "{\"saes\": [{\"name\": \"a\", \"at\": \"hf://a/{b}\", \"model\": \"m\", \"hook\":"
            + " \"h\"}]} | has the part {b}",
        "{\"saes\": [{\"name\": \"a\", \"at\": \"hf://a/b\", \"model\": \"m\", \"hook\": \"h\","
            + " \"hooks\": 1}]} | saes[0].hooks: is not understood"
      })
  void a_list_that_is_not_understood_is_refused_by_field(String json, String message) {
    assertThatThrownBy(() -> parsed(json))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("mine.json");
  }

  @Test
  void what_files_do_not_say_is_completed_and_said_and_what_they_say_stays() throws IOException {
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    tensors.put("W_enc", Weight.of(new float[4], 2, 2));
    tensors.put("b_enc", Weight.of(new float[2], 2));
    tensors.put("W_dec", Weight.of(new float[4], 2, 2));
    tensors.put("b_dec", Weight.of(new float[2], 2));
    SaeWeights silent = SaeWeights.builder(new Activation.Relu(), tensors).build();
    SuiteSae mine = new Suites(parsed(MINE)).find("mine/4").orElseThrow();

    SaeWeights completed = mine.complete(silent);
    assertThat(completed.origin().modelName()).isEqualTo("me/model");
    assertThat(completed.origin().hookName()).isEqualTo("blocks.4.hook_resid_post");
    assertThat(completed.origin().tokensRead().startsDocuments()).isFalse();
    assertThat(completed.assumptions())
        .singleElement()
        .asString()
        .contains("me/model", "blocks.4.hook_resid_post", "without a start token", "suites");

    SaeWeights said = silent.from(new Origin("other/model", "blocks.9.hook_mlp_out"));
    assertThat(mine.complete(said).origin().modelName()).isEqualTo("other/model");
    assertThat(mine.complete(said).origin().hookName()).isEqualTo("blocks.9.hook_mlp_out");
  }
}
