// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorLineTest {
  static Stream<Throwable> failures() {
    return Stream.of(
        new NoSuchFileException("x"),
        new AccessDeniedException("x"),
        new FileSystemException("x", null, "No space left on device"),
        new FileSystemException("x", null, "Not a directory"),
        new FileSystemException("x"),
        new UncheckedIOException("x", new NoSuchFileException("x")),
        new IOException("No space left on device"),
        new OutOfMemoryError("Java heap space"),
        new ArithmeticException("integer overflow"),
        new NegativeArraySizeException("-3"),
        new ClassCastException());
  }

  @ParameterizedTest
  @MethodSource("failures")
  void every_failure_is_one_line_with_a_remedy(Throwable failure) {
    assertThat(ErrorLine.of(failure)).hasLineCount(1).contains("; ").doesNotContain("java.");
  }

  @Test
  void a_full_disk_is_called_that() {
    assertThat(ErrorLine.of(new FileSystemException("runs/a", null, "No space left on device")))
        .startsWith("runs/a: the disk is full");
  }

  @Test
  void a_line_in_place_of_a_path_gets_no_second_remedy() {
    assertThat(ErrorLine.of(new NoSuchFileException("x: not a readable file; check the path")))
        .isEqualTo("x: not a readable file; check the path");
  }

  @Test
  void a_message_of_our_own_passes_as_it_is() {
    assertThat(ErrorLine.of(new Failure("a: b; c"))).isEqualTo("a: b; c");
    assertThat(ErrorLine.of(new IllegalArgumentException("two\n  lines"))).isEqualTo("two lines");
  }
}
