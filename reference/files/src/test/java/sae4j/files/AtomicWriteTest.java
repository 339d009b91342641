// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.named.NamedChannel;

class AtomicWriteTest {
  private static final String REPLACED =
      ".sae.4194304.1.01234567-89ab-cdef-0123-456789abcdef.replaced";

  @TempDir private Path folder;

  @Test
  void a_file_appears_only_when_it_is_complete() throws IOException {
    Path target = folder.resolve("weights");
    Files.writeString(target, "old");
    AtomicWrite.file(
        target,
        channel -> {
          channel.write(ByteBuffer.wrap(new byte[] {'n', 'e'}));
          assertThat(target).hasContent("old");
          channel.write(ByteBuffer.wrap(new byte[] {'w'}));
        });
    assertThat(target).hasContent("new");
    assertThat(names()).containsExactly("weights");
  }

  @Test
  void a_failure_of_any_kind_leaves_nothing_behind() throws IOException {
    Path target = folder.resolve("weights");
    for (Throwable failure :
        List.of(
            new IOException("disk"),
            new IllegalStateException("state"),
            new OutOfMemoryError("memory"))) {
      assertThatThrownBy(
              () ->
                  AtomicWrite.file(
                      target,
                      channel -> {
                        channel.write(ByteBuffer.allocate(10));
                        rethrow(failure);
                      }))
          .isSameAs(failure);
      assertThatThrownBy(
              () ->
                  AtomicWrite.folder(
                      target,
                      to -> {
                        Files.createDirectories(to.resolve("deep/er"));
                        Files.writeString(to.resolve("deep/er/file"), "half");
                        rethrow(failure);
                      }))
          .isSameAs(failure);
      assertThat(names()).isEmpty();
    }
  }

  /// `/dev/full` is a file of the system that is always full.
  @Test
  void a_full_disk_is_told_with_the_file_that_the_user_knows() throws IOException {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "this system has no /dev/full");
    Path target = folder.resolve("sae");
    assertThatThrownBy(
            () ->
                AtomicWrite.folder(
                    target,
                    to -> {
                      FileChannel disk = FileChannel.open(full, StandardOpenOption.WRITE);
                      try (FileChannel file = new NamedChannel(disk, to.resolve("deep/file"))) {
                        file.write(ByteBuffer.allocate(10));
                      }
                    }))
        .isInstanceOfSatisfying(
            FileSystemException.class,
            failure -> {
              assertThat(failure.getFile()).isEqualTo(target.resolve("deep/file").toString());
              assertThat(failure.getReason()).isNotBlank();
            });
    assertThat(names()).isEmpty();
  }

  @Test
  void a_folder_that_may_not_be_written_is_told_with_the_file_that_the_user_knows()
      throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Assumptions.assumeTrue(
        closed.toFile().setWritable(false) && !Files.isWritable(closed),
        "this user may write everywhere");
    Path target = closed.resolve("weights");
    assertThatThrownBy(() -> AtomicWrite.file(target, new byte[1]))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessage(target.toString());
    assertThatThrownBy(() -> AtomicWrite.folder(target, to -> {}))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessage(target.toString());
  }

  @Test
  void a_folder_is_replaced_with_all_its_content() throws IOException {
    Path target = folder.resolve("sae");
    AtomicWrite.folder(target, to -> Files.writeString(to.resolve("a"), "1"));
    AtomicWrite.folder(
        target,
        to -> {
          assertThat(target.resolve("a")).hasContent("1");
          Files.createDirectory(to.resolve("deep"));
          Files.writeString(to.resolve("deep/b"), "2");
        });
    assertThat(target.resolve("deep/b")).hasContent("2");
    assertThat(target.resolve("a")).doesNotExist();
    assertThat(names()).containsExactly("sae");
  }

  @Test
  void a_folder_set_aside_by_a_process_that_died_comes_back() throws IOException {
    Path target = folder.resolve("sae");
    AtomicWrite.folder(target, to -> Files.writeString(to.resolve("a"), "1"));
    Files.move(target, folder.resolve(REPLACED));
    AtomicWrite.recoverFolder(target);
    assertThat(target.resolve("a")).hasContent("1");

    Files.move(target, folder.resolve(REPLACED));
    assertThatThrownBy(
            () ->
                AtomicWrite.folder(
                    target,
                    to -> {
                      throw new IOException("disk");
                    }))
        .hasMessage("disk");
    assertThat(target.resolve("a")).hasContent("1");
    assertThat(names()).containsExactly("sae");
  }

  @Test
  void a_leftover_beside_a_finished_folder_is_cleared_away() throws IOException {
    Path target = folder.resolve("sae");
    Files.createDirectory(folder.resolve(REPLACED));
    Files.writeString(folder.resolve(REPLACED + "/a"), "0");
    Files.createDirectory(target);
    Files.writeString(target.resolve("a"), "1");
    AtomicWrite.recoverFolder(target);
    assertThat(target.resolve("a")).hasContent("1");
    AtomicWrite.folder(target, to -> Files.writeString(to.resolve("a"), "2"));
    assertThat(target.resolve("a")).hasContent("2");
    assertThat(names()).containsExactly("sae");
  }

  @Test
  void a_link_that_leads_nowhere_is_named_as_one() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));
    assertThatThrownBy(() -> AtomicWrite.file(link, new byte[1]))
        .hasMessageContaining("link: is a link to nowhere, which is not there");
    assertThat(names()).containsExactly("link");
  }

  @Test
  void what_is_called_almost_like_ours_is_somebody_elses() throws IOException {
    for (String name : List.of(".sae.replaced", ".sae.partial", ".sae.1.partial")) {
      Files.createDirectory(folder.resolve(name));
      Files.writeString(folder.resolve(name).resolve("a"), "mine");
    }
    Path target = folder.resolve("sae");
    AtomicWrite.requireMissing(target);
    AtomicWrite.folder(target, to -> Files.writeString(to.resolve("a"), "1"));
    AtomicWrite.folder(target, to -> Files.writeString(to.resolve("a"), "2"));
    AtomicWrite.sweep(folder, Integer.MAX_VALUE);
    assertThat(names()).containsExactly(".sae.1.partial", ".sae.partial", ".sae.replaced", "sae");
    assertThat(folder.resolve(".sae.replaced/a")).hasContent("mine");
  }

  @Test
  void what_must_be_missing_is_refused_and_leftovers_of_it_are_cleared_away() throws IOException {
    Path target = folder.resolve("sae");
    Files.createDirectory(folder.resolve(REPLACED.replace("replaced", "partial")));
    AtomicWrite.requireMissing(target);
    assertThat(names()).isEmpty();
    Files.createDirectory(folder.resolve(REPLACED));
    assertThatThrownBy(() -> AtomicWrite.requireMissing(target))
        .hasMessage(target + ": is already there; choose another path");
    assertThat(names()).containsExactly("sae");
  }

  @Test
  void a_symbolic_link_keeps_pointing_where_it_did() throws IOException {
    Path target = folder.resolve("real");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    Files.writeString(target, "old");
    AtomicWrite.file(link, channel -> channel.write(ByteBuffer.wrap(new byte[] {'n'})));
    assertThat(link).isSymbolicLink();
    assertThat(target).hasContent("n");
  }

  @Test
  void a_missing_parent_folder_is_named() {
    assertThatThrownBy(() -> AtomicWrite.file(folder.resolve("none/file"), channel -> {}))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("create it first");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  private static void rethrow(Throwable failure) throws IOException {
    switch (failure) {
      case IOException checked -> throw checked;
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      default -> throw new AssertionError(failure);
    }
  }
}
