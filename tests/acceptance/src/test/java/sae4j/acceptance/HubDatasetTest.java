// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// Texts are given by their names on the hub.
class HubDatasetTest {
  private static final String NAME = "datasets/tiny/stories";
  private static final String TEXT = "hf://" + NAME;
  private static final String NOBODY = "http://127.0.0.1:1";

  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void fill() throws Exception {
    write("repository/README.md", "# Stories\n");
    write("repository/data/train-00000-of-00002.jsonl", line("Once upon a time. "));
    write("repository/data/train-00001-of-00002.jsonl", line("There was a fox. "));
    write("repository/data/test-00000-of-00001.jsonl", line("Another fox. "));
    write("repository/data/large.txt", "not of a split");
  }

  private static String line(String text) {
    return "{\"text\": \"%s\"}\n".formatted(text.repeat(12)).repeat(3);
  }

  private static void write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private static Launcher sae(String home, String endpoint, String offline) {
    return Launcher.onHub(folder, home, endpoint, offline);
  }

  private static Ended capture(Launcher sae, String out, String text, String... more)
      throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                "capture",
                "--model",
                "java-gpt2-tiny",
                "--hook",
                "blocks.0.hook_resid_post",
                "--max-tokens",
                "200",
                "--out",
                out,
                "--text",
                text));
    words.addAll(List.of(more));
    return sae.run(words.toArray(String[]::new));
  }

  private static Ended done(Ended ended) {
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended;
  }

  private static Path activations(String capture) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(capture))) {
      return files
          .filter(each -> each.toString().endsWith(".safetensors"))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void a_split_is_read_from_an_empty_cache_and_then_without_a_network() throws Exception {
    Ended first;
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"))) {
      first = done(capture(sae("a", hub.endpoint(), ""), "first", TEXT));
      assertThat(hub.requests())
          .filteredOn(path -> path.contains("/resolve/"))
          .extracting(path -> path.replaceFirst(".*/resolve/[0-9a-f]*/", ""))
          .containsExactly(
              "README.md", "data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl");
    }
    assertThat(first.err())
        .contains("fetching train-00001-of-00002.jsonl: ")
        .containsOnlyOnce("read is the split train, 2 files (of the splits test, train)");
    assertThat(Files.readString(folder.resolve("first/capture.json")))
        .contains("\"text_identity\" : \"%s@%s\"".formatted(TEXT, HubServer.COMMIT));

    Ended second = done(capture(sae("a", NOBODY, "1"), "second", TEXT));
    assertThat(second.err()).doesNotContain("fetching").contains("2 files (of the splits");
    assertThat(activations("second")).hasSameBinaryContentAs(activations("first"));
    assertThat(done(capture(sae("a", NOBODY, ""), "third", TEXT)).err())
        .contains("cannot be reached; what is in the cache is used");

    Ended test = capture(sae("a", NOBODY, "1"), "none", TEXT, "--split", "test");
    assertThat(test.exitCode()).isEqualTo(1);
    assertThat(test.err())
        .contains("data/test-00000-of-00001.jsonl: is not in the cache", "HF_HUB_OFFLINE");
  }

  /// The same files as in a folder give the same activations.
  @Test
  void a_file_and_a_downloaded_folder_give_the_same() throws Exception {
    String file = "/data/train-00000-of-00002.jsonl";
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"))) {
      Launcher sae = sae("b", hub.endpoint(), "");
      done(capture(sae, "file", TEXT + file));
      done(capture(sae, "local", folder.resolve("repository") + file));
      assertThat(activations("file")).hasSameBinaryContentAs(activations("local"));
      assertThat(hub.requests()).filteredOn(path -> path.contains("/resolve/")).hasSize(1);
    }
  }

  @Test
  void a_capture_goes_on_with_the_commit_that_it_was_begun_with() throws Exception {
    String moved = "f".repeat(40);
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"))) {
      done(capture(sae("c", hub.endpoint(), ""), "moving", TEXT));
    }
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"), moved)) {
      Launcher sae = sae("c", hub.endpoint(), "");
      Ended other = capture(sae, "moving", TEXT);
      assertThat(other.exitCode()).isEqualTo(1);
      assertThat(other.err()).contains("--text", TEXT + "@" + HubServer.COMMIT, TEXT + "@" + moved);
      done(capture(sae, "moving", TEXT + "@" + HubServer.COMMIT));
    }
  }

  @Test
  void what_is_not_there_is_refused_in_one_line_with_what_is() throws Exception {
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"))) {
      Launcher sae = sae("d", hub.endpoint(), "");
      assertRefused(
          capture(sae, "none", TEXT, "--split", "dev"), 1, "split 'dev'", "test, train", "--split");
      assertRefused(capture(sae, "none", TEXT, "--subset", "en"), 1, "subset 'en'", "no subsets");
      assertRefused(capture(sae, "none", TEXT + "/nothing"), 1, "there is no 'nothing'", TEXT);
      assertRefused(
          capture(sae, "none", "hf://datasets/tiny/other"),
          1,
          "hf://datasets/tiny/other: ",
          "no such repository");
      assertRefused(
          capture(sae, "none", "hf://tiny/stories"), 2, "--text", "hf://datasets/OWNER/NAME");
      assertRefused(capture(sae, "none", TEXT, "--model", TEXT), 2, "--model");
      assertRefused(sae.run("info", "hf://datasets/tiny"), 1, "hf://datasets/OWNER/NAME");
    }
    assertThat(folder.resolve("none")).doesNotExist();
  }

  private static void assertRefused(Ended ended, int code, String... parts) {
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(code);
    assertThat(ended.err().strip().replaceFirst("(?s).*\n(?=sae )", "")).contains(parts);
  }

  @Test
  void it_is_listed_fetched_and_found_by_name() throws Exception {
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"))) {
      Launcher sae = sae("e", hub.endpoint(), "");
      assertThat(done(sae.run("hub", "list", TEXT + "/data")).out())
          .contains("data/test-00000-of-00001.jsonl");
      assertThat(sae.run("hub", "where", TEXT).err()).contains("sae hub fetch " + TEXT);
      String place = done(sae.run("hub", "fetch", TEXT)).out().strip();
      assertThat(Path.of(place))
          .isEqualTo(folder.resolve("e/hub/datasets--tiny--stories/snapshots/" + HubServer.COMMIT));
      assertThat(Path.of(place, "data")).isDirectoryNotContaining("glob:**test*");
      assertThat(done(sae.run("hub", "where", TEXT)).out().strip()).isEqualTo(place);
      done(sae.run("hub", "fetch", TEXT + "/data"));
      assertThat(Path.of(place, "data")).isDirectoryContaining("glob:**test*");
    }
  }

  /// The program keeps how it was called, also where a path would be made absolute.
  @Test
  void a_training_goes_on_from_any_folder() throws Exception {
    String[] train = {
      "train",
      "--model",
      "java-gpt2-tiny",
      "--hook",
      "blocks.0.hook_resid_post",
      "--text",
      TEXT,
      "--features",
      "8",
      "--batch",
      "16",
      "--buffer",
      "32",
      "--context",
      "32",
      "--steps",
      "3",
      "--backend",
      "ejml",
      "--out",
      "trained"
    };
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"))) {
      done(sae("f", hub.endpoint(), "").run(train));
    }
    try (HubServer hub = HubServer.of(NAME, folder.resolve("repository"), "f".repeat(40))) {
      Ended more =
          sae("f", hub.endpoint(), "").run("train", "--resume", "--steps", "5", "--out", "trained");
      done(more);
      assertThat(hub.requests()).noneMatch(path -> path.contains("f".repeat(40)));
    }
  }
}
