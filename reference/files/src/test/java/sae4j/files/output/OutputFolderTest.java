// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.NewFile;

class OutputFolderTest {
  private static final OutputFolder.Claimant TRAIN = new OutputFolder.Claimant("sae train", "1");
  private static final OutputFolder.Claimant SWEEP = new OutputFolder.Claimant("sae sweep", "1");
  private static final OutputFolder.Claimant FEATURES =
      new OutputFolder.Claimant("sae features", "1");

  /// What a process that died leaves.
  private static final String LEFT = ".%s.4194304.1.01234567-89ab-cdef-0123-456789abcdef.%s";

  private static final String OUTSIDE =
      "{\"format\":\"sae4j folder 2\",\"owner\":\"sae train\",\"version\":\"1\",\"entries\":"
          + "{\"../victim\":[]}}";

  private static final List<String> SITE = List.of("index.html", "site");
  private static final byte[] OURS = "ours".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path parent = Path.of("");

  private Path folder() {
    return parent.resolve("a/b");
  }

  @Test
  void a_claim_that_is_not_kept_leaves_nothing_not_even_the_folders_above() throws IOException {
    try (OutputFolder claimed = OutputFolder.own(folder(), TRAIN)) {
      claimed.write("file", OURS);
      claimed.replaceFolder("folder", partial -> NewFile.write(partial.resolve("f"), OURS));
      AtomicWrite.file(claimed.path().resolve("unnamed"), OURS);
      NewFile.folder(claimed.path().resolve("deep"));
      AtomicWrite.file(claimed.path().resolve("deep/unnamed"), OURS);
    }
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void what_others_put_there_meanwhile_stays() throws IOException {
    try (OutputFolder claimed = OutputFolder.own(folder(), TRAIN)) {
      claimed.write("file", OURS);
      Files.writeString(folder().resolve("notes.txt"), "mine");
    }
    assertThat(folder()).isDirectoryContaining("glob:**/notes.txt");
    assertThat(files()).containsExactly("notes.txt");
  }

  @Test
  void a_kept_folder_is_claimed_again_by_the_same_command_and_by_no_other() throws IOException {
    kept(TRAIN);
    try (OutputFolder again = OutputFolder.own(folder(), TRAIN)) {
      assertThat(again.begunBefore()).isTrue();
    }
    assertThat(files()).containsExactly(".sae4j.json", "file");
    assertThatThrownBy(() -> OutputFolder.own(folder(), SWEEP))
        .hasMessage(folder() + ": belongs to sae train; choose a new or an empty folder");
    assertThat(files()).containsExactly(".sae4j.json", "file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run.json", "history.jsonl", "notes.txt", "dashboard/thesis.txt"})
  void a_folder_with_anything_of_somebody_else_is_refused_and_left_alone(String foreign)
      throws IOException {
    Path file = folder().resolve(foreign);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "mine");
    assertThatThrownBy(() -> OutputFolder.own(folder(), TRAIN))
        .hasMessageStartingWith(folder() + ": holds " + foreign.replaceAll("/.*", ""))
        .hasMessageEndingWith("did not write; choose a new or an empty folder");
    assertThat(file).hasContent("mine");
    assertThat(folder()).isDirectoryNotContaining("glob:**/.sae4j*");
  }

  @Test
  void links_are_followed_before_dots_as_the_system_does_it() throws IOException {
    Path inner = Files.createDirectories(parent.resolve("deep/inner"));
    Path link = Files.createSymbolicLink(parent.resolve("link"), inner);
    Path mine = Files.createDirectories(parent.resolve("out")).resolve("file");
    Files.writeString(mine, "mine");
    try (OutputFolder claimed = OutputFolder.own(link.resolve("../out"), TRAIN)) {
      claimed.write("file", OURS);
      claimed.keep();
    }
    assertThat(mine).hasContent("mine");
    assertThat(parent.resolve("deep/out/file")).hasBinaryContent(OURS);
    AtomicWrite.file(link.resolve("../beside"), OURS);
    assertThat(parent.resolve("deep/beside")).exists();
    assertThat(parent.resolve("beside")).doesNotExist();
  }

  @Test
  void a_file_in_the_way_is_named() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "mine");
    assertThatThrownBy(() -> OutputFolder.own(file, TRAIN))
        .hasMessage(file + ": is a file; a folder is needed, choose another one");
  }

  @Test
  void only_one_process_at_a_time_is_at_work() throws IOException {
    try (OutputFolder first = OutputFolder.own(folder(), TRAIN)) {
      assertThatThrownBy(() -> OutputFolder.own(folder(), TRAIN))
          .hasMessage(
              folder()
                  + ": is in use by process "
                  + ProcessHandle.current().pid()
                  + " (sae train); wait until it ends, or choose another folder");
      assertThatThrownBy(() -> OutputFolder.addTo(folder(), FEATURES, SITE))
          .hasMessageContaining("is in use by process");
      first.keep();
    }
    assertThat(files()).containsExactly(".sae4j.json");
    OutputFolder.own(folder(), TRAIN).close();
  }

  /// Claims a folder, says so, and holds it until its standard input ends.
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (OutputFolder claimed = OutputFolder.own(Path.of(arguments[0]), TRAIN)) {
        if (arguments.length == 1) {
          claimed.keep();
        } else {
          claimed.write(arguments[1], OURS);
        }
        System.out.println("claimed");
        int end = System.in.read();
        System.out.println(end);
      }
    }
  }

  private Process holder(String... writes) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder().toString()));
    command.addAll(List.of(writes));
    Process holder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    assertThat(holder.inputReader().readLine()).isEqualTo("claimed");
    return holder;
  }

  @Test
  void another_process_is_named_and_gives_way_when_it_ends_or_is_killed() throws Exception {
    Process ends = holder();
    for (int attempt = 0; attempt < 3; attempt++) {
      assertThatThrownBy(() -> OutputFolder.own(folder(), TRAIN))
          .hasMessageContaining("is in use by process %d (sae train)".formatted(ends.pid()));
    }
    ends.getOutputStream().close();
    assertThat(ends.waitFor()).isZero();
    OutputFolder.own(folder(), TRAIN).close();

    Process killed = holder();
    killed.destroyForcibly().waitFor();
    assertThat(folder().resolve(".sae4j.lock")).exists();
    OutputFolder.own(folder(), TRAIN).close();
    assertThat(folder().resolve(".sae4j.lock")).doesNotExist();
  }

  @Test
  void a_process_that_is_told_to_end_removes_what_it_did_not_keep() throws Exception {
    Process told = holder("half");
    assertThat(files()).containsExactly(".sae4j.json", ".sae4j.lock", "half");
    told.destroy();
    told.waitFor();
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void of_two_at_work_on_one_new_name_one_is_refused() throws IOException {
    Path name = parent.resolve("new");
    try (OutputName _ = OutputName.claim(name, TRAIN)) {
      assertThatThrownBy(() -> OutputName.claim(name, SWEEP))
          .hasMessageStartingWith(name + ": is in use by process ");
    }
    OutputName.claim(parent.resolve("a/b/new"), TRAIN).close();
    assertThat(parent).isEmptyDirectory();
    Files.writeString(name, "mine");
    assertThatThrownBy(() -> OutputName.claim(name, TRAIN))
        .hasMessage(name + ": is already there; choose another path");
  }

  @Test
  void the_lock_of_a_process_that_died_holds_nobody_up() throws IOException {
    kept(TRAIN);
    Files.writeString(folder().resolve(".sae4j.lock"), "process 1 (sae train)\nx");
    OutputFolder.own(folder(), TRAIN).close();
    assertThat(files()).containsExactly(".sae4j.json", "file");
  }

  @Test
  void a_file_of_somebody_elses_in_the_place_of_the_lock_is_refused() throws IOException {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve(".sae4j.lock"), "mine");
    assertThatThrownBy(() -> OutputFolder.own(folder(), TRAIN))
        .hasMessageContaining(".sae4j.lock: was not written by sae4j");
    assertThat(folder().resolve(".sae4j.lock")).hasContent("mine");
    assertThat(files()).containsExactly(".sae4j.lock");
  }

  @Test
  void what_died_half_written_is_swept_up_and_no_other_hidden_file() throws IOException {
    kept(TRAIN);
    String partial = LEFT.formatted("weights", "partial");
    Files.writeString(folder().resolve(partial), "half");
    Files.createDirectories(folder().resolve("sae").resolve(partial));
    Files.writeString(folder().resolve(".thesis.partial"), "mine");
    ProcessHandle here = ProcessHandle.current();
    long start = here.info().startInstant().orElseThrow().getEpochSecond();
    String living = partial.replace("4194304.1", here.pid() + "." + start);
    String reused = partial.replace("4194304.1", here.pid() + "." + (start - 60));
    Files.writeString(
        folder().resolve("sae").resolve(reused), "of a process of that number before");
    Files.writeString(folder().resolve("sae").resolve(living), "being written");
    OutputFolder.own(folder(), TRAIN).close();
    assertThat(files()).containsExactly(".sae4j.json", ".thesis.partial", "file", "sae");
    assertThat(folder().resolve("sae")).isDirectoryContaining("glob:**/" + living);
    assertThat(folder().resolve("sae").resolve(partial)).doesNotExist();
    assertThat(folder().resolve("sae").resolve(reused)).doesNotExist();
  }

  @Test
  void entries_are_added_to_any_folder_and_replaced_only_where_they_are_ours() throws IOException {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve("weights"), "mine");
    added("one");
    added("two");
    assertThat(files()).containsExactly(".sae4j.json", "index.html", "site", "weights");
    assertThat(folder().resolve("site")).isDirectoryContaining("glob:**/two");
    assertThat(folder().resolve("site")).isDirectoryNotContaining("glob:**/one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"index.html", "site", "site/notes.txt"})
  void an_entry_of_somebody_else_is_refused_by_name(String foreign) throws IOException {
    Path file = folder().resolve(foreign);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "mine");
    assertThatThrownBy(() -> OutputFolder.addTo(folder(), FEATURES, SITE))
        .hasMessageContaining("was not written by sae4j and would be lost");
    assertThat(file).hasContent("mine");
  }

  @Test
  void a_file_that_somebody_put_into_our_folder_is_not_lost() throws IOException {
    added("one");
    Path notes = Files.writeString(folder().resolve("site/notes.txt"), "mine");
    assertThatThrownBy(() -> added("two")).hasMessageStartingWith(notes + ": was not written by");
    assertThat(notes).hasContent("mine");
    Files.delete(notes);
    try (OutputFolder claimed = OutputFolder.addTo(folder(), FEATURES, SITE)) {
      Files.writeString(notes, "while it is at work");
      assertThatThrownBy(() -> claimed.replaceFolder("site", partial -> {}))
          .hasMessageContaining("notes.txt");
    }
    assertThat(notes).hasContent("while it is at work");
  }

  @ParameterizedTest
  @ValueSource(strings = {"report.html", "sae/cfg.json", "sae/deep/notes.txt"})
  void what_somebody_put_where_the_owner_writes_later_is_not_replaced(String name)
      throws IOException {
    kept(TRAIN);
    Path foreign = folder().resolve(name);
    Files.createDirectories(foreign.getParent());
    Files.writeString(foreign, "mine");
    String entry = name.replaceFirst("/.*", "");
    try (OutputFolder again = OutputFolder.own(folder(), TRAIN)) {
      String refused = "was not written by sae4j and would be lost; move it away";
      assertThatThrownBy(() -> again.requireOurs(List.of("file", entry)))
          .hasMessageContaining(refused);
      assertThatThrownBy(() -> AtomicWrite.file(foreign, OURS))
          .hasMessageStartingWith(foreign + ": " + refused);
      assertThatThrownBy(() -> again.delete(entry)).hasMessageContaining(refused);
      assertThatThrownBy(() -> AtomicWrite.folder(again.entry(entry), partial -> {}))
          .hasMessageContaining(refused);
      AtomicWrite.file(again.entry("other"), OURS);
    }
    assertThat(foreign).hasContent("mine");
    assertThat(files()).containsExactly(".sae4j.json", "file", "other", entry);
  }

  @Test
  void what_the_owner_wrote_before_it_was_killed_is_its_own() throws Exception {
    Process killed = holder("sae");
    killed.destroyForcibly().waitFor();
    assertThat(folder().resolve("sae")).exists();
    try (OutputFolder again = OutputFolder.own(folder(), TRAIN)) {
      again.requireOurs(List.of("sae"));
      again.write("sae", OURS);
      again.keep();
    }
    Files.delete(folder().resolve("sae"));
    Files.createSymbolicLink(
        folder().resolve("sae"), Files.writeString(parent.resolve("precious"), "mine"));
    try (OutputFolder again = OutputFolder.own(folder(), TRAIN)) {
      assertThatThrownBy(() -> AtomicWrite.file(again.entry("sae"), OURS))
          .hasMessageContaining("sae: was not written by sae4j");
    }
    assertThat(parent.resolve("precious")).hasContent("mine");
  }

  @Test
  void of_two_claims_the_inner_one_decides() throws IOException {
    try (OutputFolder outer = OutputFolder.own(folder(), TRAIN);
        OutputFolder inner = OutputFolder.own(folder().resolve("sae"), TRAIN)) {
      inner.write("cfg.json", OURS);
      inner.keep();
      outer.keep();
      assertThat(folder().resolve(".sae4j.json")).content().doesNotContain("cfg.json");
    }
    try (OutputFolder outer = OutputFolder.own(folder(), TRAIN)) {
      assertThatThrownBy(() -> outer.replaceFolder("sae", partial -> {}))
          .hasMessageContaining("was not written by sae4j");
    }
    assertThat(folder().resolve("sae/cfg.json")).hasBinaryContent(OURS);
  }

  @Test
  void an_owner_may_find_what_was_added_and_adds_itself() throws IOException {
    kept(TRAIN);
    added("one");
    try (OutputFolder again = OutputFolder.own(folder(), TRAIN)) {
      again.replaceFolder("site", partial -> NewFile.write(partial.resolve("two"), OURS));
      again.keep();
    }
    assertThat(folder().resolve("site")).isDirectoryContaining("glob:**/two");
  }

  @Test
  void where_commands_only_added_the_folder_is_nobodys() throws IOException {
    added("one");
    assertThatThrownBy(() -> OutputFolder.own(folder(), TRAIN))
        .hasMessage(
            folder()
                + ": holds index.html, site, which another command added; choose a new or an empty"
                + " folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {".sae4j.lock", ".sae4j.json"})
  void a_link_in_the_place_of_our_own_files_is_refused(String name) throws IOException {
    Path mine = Files.writeString(parent.resolve("precious"), "mine");
    Files.createDirectories(folder());
    Files.createSymbolicLink(folder().resolve(name), mine);
    assertThatThrownBy(() -> OutputFolder.own(folder(), TRAIN)).hasMessageContaining("is a link");
    assertThat(mine).hasContent("mine");
  }

  @Test
  void an_entry_of_ours_that_became_a_link_is_refused() throws IOException {
    added("one");
    Path mine = Files.writeString(parent.resolve("precious"), "mine");
    Files.delete(folder().resolve("index.html"));
    Files.createSymbolicLink(folder().resolve("index.html"), mine);
    assertThatThrownBy(() -> added("two")).hasMessageContaining("index.html: was not written by");
    assertThat(mine).hasContent("mine");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{}", "[]", "null", "{\"format\":\"sae4j folder 2\"}", "{\"format\"", OUTSIDE})
  void a_damaged_mark_is_refused(String mark) throws IOException {
    Files.createDirectories(folder());
    Path file = Files.writeString(folder().resolve(".sae4j.json"), mark);
    assertThatThrownBy(() -> OutputFolder.own(folder(), TRAIN))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(file.toString());
    assertThat(file).hasContent(mark);
  }

  @Test
  void a_folder_that_was_being_replaced_when_the_process_died_is_restored() throws IOException {
    added("one");
    Files.move(folder().resolve("site"), folder().resolve(LEFT.formatted("site", "replaced")));
    OutputFolder.addTo(folder(), FEATURES, SITE).close();
    assertThat(folder().resolve("site")).isDirectoryContaining("glob:**/one");
  }

  private void kept(OutputFolder.Claimant claimant) throws IOException {
    try (OutputFolder claimed = OutputFolder.own(folder(), claimant)) {
      claimed.write("file", OURS);
      claimed.keep();
    }
  }

  private void added(String content) throws IOException {
    try (OutputFolder claimed = OutputFolder.addTo(folder(), FEATURES, SITE)) {
      claimed.replaceFolder("site", partial -> NewFile.write(partial.resolve(content), OURS));
      claimed.write("index.html", OURS);
      claimed.keep();
    }
  }

  private List<String> files() throws IOException {
    try (var content = Files.list(folder())) {
      return content.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }
}
