// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.activations.text.datasets.HubDataset;
import sae4j.files.hub.Hub;
import sae4j.files.hub.HubName;
import sae4j.files.hub.HubProgress;
import sae4j.files.hub.HubSettings;

/// A data set in the hub's cache, without the hub. How it comes there the tests of the program say.
final class HubDatasetTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String NAME = "hf://datasets/tiny/stories";

  @TempDir private Path cache;

  private final List<String> said = new ArrayList<>();

  private Path repository() {
    return cache.resolve("datasets--tiny--stories");
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, content);
  }

  /// Makes files as Python's `snapshot_download` does, where there are no links.
  private void fetched(String... names) throws IOException {
    write(repository().resolve("refs/main"), COMMIT);
    for (String name : names) {
      write(repository().resolve("snapshots").resolve(COMMIT).resolve(name), "x");
    }
  }

  /// Makes the list of all files as it is kept.
  private void listed(String... names) throws IOException {
    List<String> files = new ArrayList<>();
    for (String name : names) {
      files.add("\"%s\":{\"size\":1,\"blob_id\":\"%s\"}".formatted(name, COMMIT));
    }
    write(
        repository().resolve(".sae4j").resolve(COMMIT).resolve(".files.json"),
        "{\"files\":{%s}}".formatted(String.join(",", files)));
  }

  private Hub hub() {
    return new Hub(new HubSettings(URI.create("http://127.0.0.1:1"), cache, null, true));
  }

  private List<String> files(String name, @Nullable String subset, @Nullable String split)
      throws IOException {
    HubDataset dataset = HubDataset.cached(hub(), HubName.parse(name));
    assertThat(dataset.name()).isEqualTo(HubName.parse(name).at(COMMIT));
    Path snapshot = repository().resolve("snapshots").resolve(COMMIT);
    return dataset.files(new DatasetPart(subset, split), said::add).stream()
        .map(file -> snapshot.relativize(file).toString())
        .toList();
  }

  private void assertRefused(
      String name, @Nullable String subset, @Nullable String split, String... parts) {
    assertThatThrownBy(() -> files(name, subset, split))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(NAME)
        .hasMessageContainingAll(parts);
  }

  @Test
  void a_split_of_what_python_has_fetched_is_read() throws IOException {
    fetched(
        ".gitattributes",
        "data/test-00000-of-00001.parquet",
        "data/train-00001-of-00002.parquet",
        "data/train-00000-of-00002.parquet");
    assertThat(files(NAME, null, null))
        .containsExactly("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet");
    assertThat(said)
        .containsExactly(
            "%s@%s: read is the split train, 2 files (of the splits test, train)"
                .formatted(NAME, COMMIT));
    assertThat(files(NAME + "/data", null, "test"))
        .containsExactly("data/test-00000-of-00001.parquet");
    assertRefused(NAME, null, "dev", "split 'dev': is not there", "test, train", "--split");
    assertRefused(NAME, "en", null, "subset 'en'", "has no subsets");
  }

  /// One JSONL file says nothing of splits, and its folder would not be known for a data set.
  @Test
  void a_repository_of_data_is_a_data_set_whatever_its_files_are_called() throws IOException {
    fetched("stories.jsonl", "notes.md");
    assertThat(files(NAME, null, null)).containsExactly("stories.jsonl");
    assertThat(files(NAME, null, "train")).containsExactly("stories.jsonl");
    fetched("other/a.arrow");
    assertRefused(NAME + "/other", null, null, "none of its files is read here: a.arrow");
  }

  @Test
  void the_list_that_was_kept_says_which_files_there_are_and_not_those_that_are_here()
      throws IOException {
    fetched("test.jsonl", "train-b.jsonl");
    assertThat(files(NAME, null, "test")).containsExactly("test.jsonl");
    listed("test.jsonl", "train-a.jsonl", "train-b.jsonl");
    assertThat(files(NAME, null, "test")).containsExactly("test.jsonl");
    assertRefused(NAME, null, null, "@" + COMMIT, "of 2 files 1 are in the hub's cache");
  }

  @Test
  void the_card_is_read_as_in_a_folder() throws IOException {
    fetched("x/one.jsonl", "y/two.jsonl");
    write(
        repository().resolve("snapshots").resolve(COMMIT).resolve("README.md"),
        """
        ---
        configs:
        - config_name: small
          data_files: x/*.jsonl
        - config_name: big
          data_files: y/*.jsonl
        ---
        """);
    assertThat(files(NAME, "big", null)).containsExactly("y/two.jsonl");
    assertRefused(NAME, null, null, "subset: there are several", "small, big", "--subset");
  }

  @Test
  void a_file_stands_alone_and_has_no_splits() throws IOException {
    fetched("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet");
    String file = NAME + "/data/train-00001-of-00002.parquet";
    assertThat(files(file, null, null)).containsExactly("data/train-00001-of-00002.parquet");
    assertRefused(
        file.replace(NAME, NAME + "@" + COMMIT), null, "train", "one file of it", "--split");
  }

  @Test
  void what_is_not_in_the_cache_and_what_is_no_data_set_is_refused() throws IOException {
    assertRefused(NAME, null, null, "is not in the hub's cache", "sae hub fetch " + NAME);
    assertThatThrownBy(() -> HubDataset.of(hub(), HubName.parse("tiny/llama"), HubProgress.SILENT))
        .hasMessage(
            "tiny/llama: is no data set on the hub; write"
                + " hf://datasets/OWNER/NAME[@REVISION][/PATH]");
  }

  /// A text on the hub is written as a name, although a path has lost a slash of it.
  @Test
  void a_text_is_described_by_its_name() {
    assertThat(new TextPaths(List.of(Path.of(NAME + "/a"), Path.of("b"))).description())
        .isEqualTo(NAME + "/a b");
  }
}
