// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.dashboard.Dashboard;
import sae4j.dashboard.FeatureName;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.PromptReading;
import sae4j.dashboard.SmallDashboard;

class SiteTest {
  @TempDir Path folder;
  private List<FeaturePage> pages = List.of();

  @BeforeEach
  void write() throws IOException {
    try (Dashboard dashboard = SmallDashboard.open(folder)) {
      pages = SmallDashboard.pages(dashboard);
      Site site =
          new Site(
              folder,
              dashboard,
              new Description(
                  "a \"title\"",
                  "relu",
                  "model",
                  "blocks.0.hook_resid_post",
                  "text",
                  new ShownSae("trained", "0123")),
              Map.of(3, new FeatureName("keyword if", "F1 0.93")));
      SmallDashboard.write(site, pages);
    }
  }

  /// What a script hands to the page.
  private JsonNode data(String name) throws IOException {
    String script = Files.readString(folder.resolve("data/" + name + ".js"));
    String call = "SAE.data(\"" + name + "\",";
    assertThat(script).startsWith(call).endsWith(");\n");
    return new JsonMapper().readTree(script.substring(call.length(), script.length() - 3));
  }

  @Test
  void the_index_has_an_entry_of_each_kind_for_every_feature() throws IOException {
    JsonNode index = data("index");
    for (String column : List.of("density", "max", "cosine", "peaks", "samples")) {
      assertThat(index.path(column)).as(column).hasSize(10);
    }
    assertThat(index.path("title").asText()).isEqualTo("a \"title\"");
    assertThat(index.path("names").path("3").get(0).asText()).isEqualTo("keyword if");
    assertThat(index.path("names").path("3").get(1).asText()).isEqualTo("F1 0.93");
    assertThat(index.path("samples").get(9).isNull()).as("a dead feature has no sample").isTrue();
    JsonNode tokens = data("tokens");
    int peak = index.path("peaks").get(0).get(0).asInt();
    assertThat(pages.getFirst().top())
        .anyMatch(sequence -> sequence.token().equals(tokens.get(peak).asText()));
  }

  @Test
  void a_feature_is_read_back_as_it_was_written() throws IOException {
    JsonNode feature = data("features/0").get(4);
    FeaturePage page = pages.get(4);
    JsonNode sequence = feature.path("top").get(0);
    JsonNode tokens = data("tokens");
    StringBuilder text = new StringBuilder();
    sequence.get(2).forEach(token -> text.append(tokens.get(token.asInt()).asText()));
    assertThat(text).hasToString(String.join("", page.top().getFirst().excerpt().tokens()));
    float[] activations = page.top().getFirst().activations();
    int stored = 0;
    for (int i = 0; i < sequence.get(3).size(); i += 2) {
      assertThat((float) sequence.get(3).get(i + 1).asDouble())
          .isEqualTo(activations[sequence.get(3).get(i).asInt()]);
      stored++;
    }
    int active = 0;
    for (float activation : activations) {
      active += activation > 0 ? 1 : 0;
    }
    assertThat(stored).isEqualTo(active);
    assertThat(feature.path("companions").get(0).get(0).asInt())
        .isEqualTo(page.companions().getFirst().feature());
  }

  @Test
  void a_feature_is_found_by_the_whole_words_of_its_strongest_text() throws IOException {
    JsonNode words = data("words");
    assertThat(words.path("on")).hasSize(10);
    assertThat(words.path("beside")).hasSize(10);
    for (FeaturePage page : pages) {
      Set<String> on = words(words, "on", page.feature());
      Set<String> beside = words(words, "beside", page.feature());
      assertThat(beside).noneMatch(on::contains);
      Set<String> expected = new TreeSet<>();
      for (FeaturePage.Sequence sequence : page.top()) {
        String text = String.join("", sequence.excerpt().tokens()).toLowerCase(Locale.ROOT);
        Pattern.compile("[\\p{L}\\p{N}_]{2,40}")
            .matcher(text)
            .results()
            .forEach(word -> expected.add(word.group()));
      }
      Set<String> all = new TreeSet<>(on);
      all.addAll(beside);
      assertThat(all).isEqualTo(expected);
    }
  }

  private static Set<String> words(JsonNode words, String list, int feature) {
    Set<String> texts = new TreeSet<>();
    words
        .path(list)
        .get(feature)
        .forEach(number -> texts.add(words.path("words").get(number.asInt()).asText()));
    return texts;
  }

  @Test
  void everything_that_the_page_refers_to_is_there() throws IOException {
    Matcher references =
        Pattern.compile("(?:src|href)=\"(dashboard/[^\"]+)\"")
            .matcher(new String(Site.page(), StandardCharsets.UTF_8));
    int found = 0;
    while (references.find()) {
      String name = references.group(1).substring((Site.FOLDER + "/").length());
      assertThat(folder.resolve(name)).isNotEmptyFile();
      found++;
    }
    assertThat(found).isEqualTo(9);
  }

  @Test
  void no_file_names_a_place_in_a_network() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file).replace("http://www.w3.org/2000/svg", ""))
            .as(file.toString())
            .doesNotContain("http:", "https:");
      }
    }
  }

  @Test
  void an_answer_says_how_much_of_a_text_was_not_read() throws Exception {
    PromptReading reading = new PromptReading("", List.of("int"), List.of(List.of()), 313);
    JsonNode answer = new JsonMapper().readTree(Site.json(reading));
    assertThat(answer.get("unread").intValue()).isEqualTo(313);
    assertThat(answer.get("tokens").get(0).textValue()).isEqualTo("int");
  }
}
