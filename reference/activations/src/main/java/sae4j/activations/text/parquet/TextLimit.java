// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import sae4j.files.FormatException;

/// How much text a file may unpack to.
final class TextLimit {
  private final Path file;
  private final int longest;
  private final long most;
  private long bytes;

  /// @param longest bytes of one text; a longer one is passed over
  /// @param most bytes of all texts together; more is an error
  TextLimit(Path file, int longest, long most) {
    this.file = file;
    this.longest = longest;
    this.most = most;
  }

  int longest() {
    return longest;
  }

  /// Adds the bytes of a text.
  ///
  /// @throws UncheckedIOException if they are too many
  void count(int length) {
    bytes += length;
    if (bytes > most) {
      IOException tooMuch = exceeded(file, most);
      throw new UncheckedIOException(tooMuch);
    }
  }

  static FormatException exceeded(Path file, long most) {
    return new FormatException(
        file,
        "unpacked size",
        "is more than %,d MiB".formatted(most >> 20),
        "if the file is what it should be, allow more with --max-unpacked MIB");
  }
}
