// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubNameTest {
  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          google/gemma-2-2b,                  MODEL, google/gemma-2-2b, main, ''
          google/gemma-2-2b@v1.0,             MODEL, google/gemma-2-2b, v1.0, ''
          hf://a/b,                           MODEL, a/b,               main, ''
          hf:/a/b/c,                          MODEL, a/b,               main, c
          hf://a/b@r/layer_12/params.npz,     MODEL, a/b,               r,    layer_12/params.npz
          hf://a/b/c/d/,                      MODEL, a/b,               main, c/d
          hf://datasets/a/b,                  DATASET, a/b,             main, ''
          datasets/a/b@r,                     DATASET, a/b,             r,    ''
          hf:/datasets/a/b@r%2F1/c/d.parquet, DATASET, a/b,             r/1,  c/d.parquet
          hf://a/datasets/c/d,                MODEL, a/datasets,        main, c/d
          """)
  void a_name_has_a_repository_a_revision_and_a_path(
      String word, RepositoryKind kind, String repository, String revision, String path) {
    assertThat(HubName.parse(word)).isEqualTo(new HubName(kind, repository, revision, path));
    assertThat(HubName.parse(HubName.parse(word).toString())).isEqualTo(HubName.parse(word));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf://",
        "hf://a",
        "hf://a/",
        "hf://a/b@/c",
        "hf://a/../c",
        "hf://a/b/../c",
        "hf://a/b//c",
        "hf://a/b/c\\d",
        "hf://a/b/./c",
        "hf://.a/b",
        "hf://a b/c",
        "hf://a/b/c\nd"
      })
  void what_is_no_name_is_refused_with_how_one_is_spelled(String word) {
    assertThatThrownBy(() -> HubName.parse(word))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hf://OWNER/NAME[@REVISION][/PATH]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"hf://datasets/a", "hf://datasets/", "hf://datasets/a/b/../c", "datasets/a"})
  void what_is_no_name_of_a_data_set_is_refused_with_how_one_is_spelled(String word) {
    assertThatThrownBy(() -> HubName.parse(word))
        .hasMessageContaining("hf://datasets/OWNER/NAME[@REVISION][/PATH]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"src/nothing", "nothing", "a/b/c", "./a", "/a/b", "a/b c", "../a/b"})
  void what_may_be_a_path_is_no_name(String word) {
    assertThat(HubName.unlessLocal(word)).isEmpty();
  }

  @Test
  void two_words_that_are_nowhere_here_are_a_name() {
    assertThat(HubName.unlessLocal("google/gemma-2-2b"))
        .contains(new HubName(RepositoryKind.MODEL, "google/gemma-2-2b", "main", ""));
  }

  @Test
  void the_environment_says_where_the_hub_and_its_cache_are() throws IOException {
    String home = System.getProperty("user.home");
    HubSettings usual = HubSettings.of(Map.of("HF_TOKEN", "hf_1"));
    assertThat(usual.endpoint()).hasToString("https://huggingface.co");
    assertThat(usual.cache()).isEqualTo(Path.of(home, ".cache/huggingface/hub"));
    assertThat(usual.token()).isEqualTo("hf_1");
    assertThat(usual.offline()).isFalse();
    assertThat(usual.toString()).doesNotContain("hf_1");
    HubSettings own =
        HubSettings.of(
            Map.of("HF_ENDPOINT", "http://h:1/x/", "HF_HOME", "~/h", "HF_HUB_OFFLINE", "True"));
    assertThat(own.endpoint()).hasToString("http://h:1/x");
    assertThat(own.cache()).isEqualTo(Path.of(home, "h/hub"));
    assertThat(own.offline()).isTrue();
    assertThat(HubSettings.of(Map.of("HF_HUB_CACHE", "/c", "HF_HOME", "/h")).cache())
        .isEqualTo(Path.of("/c"));
    assertThat(HubName.isStrange("a/\ud800")).as("half a character").isTrue();
    assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "http://127.0.0.1:99999")))
        .hasMessageContaining("no address of a server");
    assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "huggingface")))
        .hasMessageContaining("HF_ENDPOINT is 'huggingface'");
    assertThatThrownBy(() -> HubSettings.of(Map.of("HF_TOKEN", "a\nb")))
        .hasMessageContaining("HF_TOKEN")
        .hasMessageNotContaining("a\nb");
  }
}
