// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.activations.text.fields.Chats;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;

final class DatasetFolderTest {
  @TempDir private Path folder;

  private final List<String> said = new ArrayList<>();

  /// Writes files whose only document is their own name.
  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      if (name.endsWith(".parquet")) {
        Files.copy(Path.of("src/test/resources/parquet/plain.parquet"), file);
      } else {
        Files.writeString(file, "{\"text\": \"%s\"}\n".formatted(name));
      }
    }
  }

  private void card(String yaml) throws IOException {
    Files.writeString(folder.resolve("README.md"), "---\n" + yaml + "---\n# A data set\n");
  }

  private List<String> read(@Nullable String subset, @Nullable String split) throws IOException {
    said.clear();
    TextRules rules =
        new TextRules(null, null, false, new DatasetPart(subset, split), Chats.joined(), said::add);
    try (Stream<Document> documents = new TextPaths(List.of(folder), rules).open()) {
      return documents.map(Document::text).toList();
    }
  }

  private void assertRefused(@Nullable String subset, @Nullable String split, String... parts) {
    assertThatThrownBy(() -> read(subset, split))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContainingAll(parts);
  }

  @Test
  void the_train_split_is_read_in_order_and_the_others_are_named() throws IOException {
    files(
        "data/train-00001-of-00002.jsonl",
        "data/train-00000-of-00002.jsonl",
        "data/test-00000-of-00001-0123456789abcdef.jsonl",
        ".cache/huggingface/download/data/train-00000-of-00002.jsonl");

    assertThat(read(null, null))
        .containsExactly("data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl");
    assertThat(said)
        .singleElement()
        .asString()
        .contains("read is the split train, 2 files (of the splits test, train)");
    assertThat(read(null, "test")).hasSize(1);
    assertRefused(null, "dev", "split 'dev'", "test, train", "--split");
    assertRefused("en", null, "subset 'en'", "has no subsets");
  }

  @Test
  void what_this_program_wrote_below_a_data_set_is_none_of_it() throws IOException {
    files("train/a.jsonl", "dev/b.jsonl");
    OutputFolder.Claimant claimant = new OutputFolder.Claimant("capture", "1");
    try (OutputFolder capture = OutputFolder.own(folder.resolve("train/cap"), claimant)) {
      capture.write("text-00000.jsonl", "{\"text\":\"again\"}".getBytes(StandardCharsets.UTF_8));
      capture.keep();
    }
    assertThat(read(null, null)).containsExactly("train/a.jsonl");
  }

  @Test
  void a_piece_that_is_missing_is_refused() throws IOException {
    files("data/train-00000-of-00003.jsonl", "data/train-00002-of-00003.jsonl");
    assertRefused(null, null, "data/train-*-of-00003", "of 3 files 2 are there");
  }

  @Test
  void splits_are_known_by_words_in_the_names_of_folders_and_files() throws IOException {
    files("train/a.jsonl.gz", "dev/b.jsonl");
    Files.writeString(folder.resolve("train/a.jsonl"), "{\"text\": \"plain\"}\n");
    Files.delete(folder.resolve("train/a.jsonl.gz"));
    assertThat(read(null, "validation")).containsExactly("dev/b.jsonl");
    assertThat(read(null, null)).containsExactly("plain");
  }

  @Test
  void files_with_words_in_their_names_are_splits() throws IOException {
    files("my-train.jsonl", "my-test.jsonl", "dataset_info.json");
    assertThat(read(null, null)).containsExactly("my-train.jsonl");
    assertThat(read(null, "test")).containsExactly("my-test.jsonl");
  }

  @Test
  void beside_files_that_name_a_split_those_that_name_none_are_of_no_split() throws IOException {
    files("eval.parquet", "foo.parquet", "train2.parquet", "extra.parquet");
    assertThat(read(null, null)).hasSize(34);
    assertThat(said).anyMatch(line -> line.contains("not read") && line.contains("extra.parquet"));
    assertThat(read(null, "test")).hasSize(34);
  }

  /// Seen with datasets 5.0.1: a name with two words is in both splits, files come in the order of
  /// the patterns, and case counts.
  @Test
  void words_are_found_as_the_library_datasets_finds_them() throws IOException {
    files("dev_eval.jsonl", "test.jsonl", "en/a_train.jsonl", "train.jsonl");
    assertThat(read(null, "validation")).containsExactly("dev_eval.jsonl");
    assertThat(read(null, "test")).containsExactly("test.jsonl", "dev_eval.jsonl");
    assertThat(read(null, "train")).containsExactly("train.jsonl", "en/a_train.jsonl");
  }

  @Test
  void pieces_count_in_the_folder_data_alone() throws IOException {
    files("data/de-00000-of-00001.jsonl", "data/de/wiki-00000-of-00001.jsonl");
    assertThat(read(null, null)).containsExactly("data/de-00000-of-00001.jsonl");
  }

  @Test
  void a_folder_of_two_splits_is_of_both() throws IOException {
    files("valid/train1/train.jsonl", "eval.jsonl");
    assertThat(read(null, "train")).containsExactly("valid/train1/train.jsonl");
    assertThat(read(null, "validation")).containsExactly("valid/train1/train.jsonl");
  }

  @Test
  void a_folder_that_names_a_split_counts_before_the_names_of_files() throws IOException {
    files("data/val.jsonl", "q/dev.jsonl", "train2/z.jsonl", "__pycache__/valid.jsonl");
    assertThat(read(null, "train")).containsExactly("train2/z.jsonl");
    assertThat(said).noneMatch(line -> line.contains("__pycache__"));
    assertRefused(null, "validation", "split 'validation'", "train");
  }

  @Test
  void pieces_outside_a_folder_data_are_of_splits_by_their_words() throws IOException {
    files(
        "d/dev-00000-of-00001.jsonl", "d/val-00000-of-00001.jsonl", "d/test-00000-of-00001.jsonl");
    files("eval.jsonl");
    assertThat(read(null, "test")).containsExactly("d/test-00000-of-00001.jsonl", "eval.jsonl");
    assertThat(read(null, "validation"))
        .containsExactly("d/dev-00000-of-00001.jsonl", "d/val-00000-of-00001.jsonl");
  }

  @Test
  void where_files_name_another_split_there_is_no_train() throws IOException {
    files("data/dev.parquet", "data/unlabeled.parquet");
    assertRefused(null, "train", "split 'train'", "validation");
  }

  @Test
  void parquet_files_without_such_words_are_one_split() throws IOException {
    files("0000.parquet", "0001.parquet");
    assertThat(read(null, null)).hasSize(68);
    assertThat(said).noneMatch(line -> line.contains("split"));
  }

  @Test
  void folders_that_are_data_sets_of_their_own_are_a_question() throws IOException {
    files(
        "en/train-00000-of-00001.jsonl",
        "fr/train-00000-of-00001.jsonl",
        "fr/test-00000-of-00001.jsonl");
    assertRefused(null, null, "subset", "there are several", "en, fr", "--subset");
    assertThat(read("fr", null)).containsExactly("fr/train-00000-of-00001.jsonl");
    assertThat(said).singleElement().asString().contains("of the subset fr", "en, fr");
  }

  @Test
  void the_card_decides_about_subsets_splits_and_files() throws IOException {
    files("a/one.jsonl", "a/two.jsonl", "b/x/three.jsonl", "b/held.jsonl", "c/other.jsonl");
    card(
        """
        language: [en]
        configs:
        - config_name: small
          data_files: a/one.jsonl
        - config_name: big
          default: true
          data_files:
          - split: train
            path: ["a/*.jsonl", "b/**/t[g-i]*.jsonl"]
          - split: held.out
            path: b/held.jsonl
        """);
    assertThat(read(null, null)).containsExactly("a/one.jsonl", "a/two.jsonl", "b/x/three.jsonl");
    assertThat(said).singleElement().asString().contains("subset big", "held.out, train");
    assertThat(read("small", null)).containsExactly("a/one.jsonl");
    assertThat(read("big", "held.out")).containsExactly("b/held.jsonl");
    assertRefused("bug", null, "subset 'bug'", "small, big", "--subset");
  }

  @Test
  void a_split_of_which_the_card_names_more_than_is_there_is_refused() throws IOException {
    card(
        """
        configs:
        - config_name: default
          data_files:
          - split: train
            path: [part1.jsonl, part2.jsonl]
          - split: test
            path: "test-*.jsonl"
        """);
    files("part1.jsonl", "test-1.jsonl");
    assertRefused(null, null, "split 'train'", "'part2.jsonl'", "fetch them");
    assertThat(read(null, "test")).containsExactly("test-1.jsonl");
  }

  @Test
  void a_card_of_files_that_are_hidden_is_no_text_itself() throws IOException {
    card(
        """
        configs:
        - config_name: default
          data_files: ".h/*"
        """);
    files(".h/train.jsonl");
    assertRefused(
        null, null, "subset 'default'", "none of the files that it names is there", ".h/*");
  }

  @Test
  void what_datasets_refuses_in_a_card_is_refused() throws IOException {
    files("a.jsonl", "b.jsonl");
    card(
        """
        configs:
        - config_name: x
          data_files: a.jsonl
          default: true
        - config_name: default
          data_files: b.jsonl
        """);
    assertRefused(null, null, "configs", "two subsets that are read where none is named");
    card(
        """
        configs:
        - config_name: default
          data_files:
          - split: train
            path: a.jsonl
          - split: train
            path: b.jsonl
        """);
    assertRefused(null, null, "configs", "lists the split 'train' twice");
    card(
        """
        configs:
        - config_name: default
          config_name: other
        """);
    assertRefused(null, null, "YAML", "duplicate key");
  }

  @Test
  void a_card_may_spell_folders_and_truth_as_python_reads_them() throws IOException {
    files("d1/train.jsonl", "d2/train.jsonl");
    card(
        """
        configs:
        - config_name: x
          data_dir: ./d1/
        - config_name: y
          data_dir: d2
          default: yes
        """);
    assertThat(read("x", null)).containsExactly("d1/train.jsonl");
    assertThat(read(null, null)).containsExactly("d2/train.jsonl");
  }

  @Test
  void a_card_that_leads_elsewhere_or_is_damaged_is_refused() throws IOException {
    files("a.jsonl");
    for (String path : List.of("../b.jsonl", "/etc/passwd", "https://example.org/x.jsonl")) {
      card("configs:\n- config_name: default\n  data_files: %s\n".formatted(path));
      assertRefused(null, null, "README.md", "configs", "is not in the folder");
    }
    card("configs:\n- config_name: default\n  data_files: b.jsonl\n");
    assertRefused(null, null, "README.md", "none of the files that it names is there");
    card("configs: [\n");
    assertRefused(null, null, "README.md: YAML");
    card("configs:\n- !!java.io.File [x]\n");
    assertRefused(null, null, "README.md");
  }

  @Test
  void arrow_files_and_parts_of_what_is_no_data_set_are_refused() throws IOException {
    Files.createDirectories(folder.resolve("train"));
    Files.writeString(folder.resolve("train/data-00000-of-00001.arrow"), "ARROW1");
    assertRefused(null, null, "Arrow files", "save_to_disk", "to_parquet");
    Files.delete(folder.resolve("train/data-00000-of-00001.arrow"));
    files("notes.md");
    assertRefused(null, "train", "data set", "--split");
    assertThat(read(null, null)).hasSize(1);
  }
}
