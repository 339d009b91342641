// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// `sae article` as a user runs it.
class ArticleCommandTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void it_prints_the_articles_variables_and_writes_the_page_of_the_documents() throws Exception {
    Ended ended = Launcher.ofProject(folder).run("article", "--out", "article");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .containsPattern("encodedRepresentationF +1×8 +(0 ){6}0\\.\\d+ 0\\.\\d+")
        .containsPattern("modifiedModelActivationsD +1×4 ");
    assertThat(ended.err()).isEqualTo("open article/index.html in a browser\n");
    assertThat(folder.resolve("article/index.html"))
        .hasSameTextualContentAs(Launcher.projectRoot().resolve("docs/companion/index.html"));

    assertThat(Launcher.ofProject(folder).run("article", "--out", "article").exitCode())
        .as("written again")
        .isZero();
  }

  @Test
  void without_a_folder_nothing_is_written_and_json_has_every_number() throws Exception {
    Ended ended = Launcher.ofProject(folder).run("article", "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode walk = ended.json();
    assertThat(walk.at("/world/concepts")).hasSize(8);
    assertThat(walk.at("/sae/weights/encoderDF/values")).hasSize(32);
    assertThat(walk.at("/lab/sweep")).hasSize(21);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void a_folder_with_something_else_is_refused_and_left_as_it_is() throws Exception {
    Files.writeString(folder.resolve("index.html"), "mine");
    Ended ended = Launcher.ofProject(folder).run("article", "--out", ".");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).hasLineCount(1).contains("index.html", "choose a new or an empty");
    assertThat(folder.resolve("index.html")).hasContent("mine");
  }
}
