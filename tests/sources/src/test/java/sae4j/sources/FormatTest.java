// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.sources;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Code is written in one dialect: google-java-format's, with comments filled by [Comments].
///
/// The profile `format` makes the first test write the files instead of refusing them.
class FormatTest {
  private static final int WIDTH = 100;
  private static final boolean WRITES = "write".equals(System.getProperty("sae4j.format"));
  private static final String MEND = "mvn -q -Pformat test -pl tests/sources mends them";
  private static final Formatter FORMATTER =
      new Formatter(JavaFormatterOptions.builder().formatJavadoc(false).build());

  @Test
  void every_source_is_formatted() {
    List<String> unlike =
        Repository.javaSources().parallelStream()
            .map(FormatTest::checked)
            .flatMap(Optional::stream)
            .toList();
    assertThat(unlike).as("not formatted (%s)", MEND).isEmpty();
  }

  /// The file and its first line that is not as it should be, if there is one.
  private static Optional<String> checked(Path file) {
    String source = Repository.text(file);
    String formatted = formatted(file, source);
    if (formatted.equals(source)) {
      return Optional.empty();
    }
    if (WRITES) {
      write(file, formatted);
      return Optional.empty();
    }
    return Optional.of(Repository.ROOT.relativize(file) + ":" + firstDifference(source, formatted));
  }

  private static String formatted(Path file, String source) {
    try {
      // filled first, because the formatter tears a remark that is too long; and last, because it
      // may indent one anew
      String formatted = FORMATTER.formatSourceAndFixImports(Comments.filled(source, WIDTH));
      return Comments.filled(formatted, WIDTH);
    } catch (FormatterException failure) {
      throw new IllegalStateException("cannot read " + file, failure);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static int firstDifference(String source, String formatted) {
    List<String> lines = source.lines().toList();
    List<String> wanted = formatted.lines().toList();
    int line = 0;
    while (line < Math.min(lines.size(), wanted.size())
        && lines.get(line).equals(wanted.get(line))) {
      line++;
    }
    return line + 1;
  }

  @Test
  void a_torn_remark_and_loose_code_are_formatted() {
    String source =
        """
        class A{
          // a remark that a formatter
          // tore
          int x=1;
        }
        """;
    assertThat(formatted(Path.of("A.java"), source))
        .isEqualTo(
            """
            class A {
              // a remark that a formatter tore
              int x = 1;
            }
            """);
  }

  @Test
  void no_line_is_wider_than_100_characters() {
    List<String> wide = new ArrayList<>();
    for (Path file : Repository.javaSources()) {
      List<String> lines = Repository.text(file).lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        int width = lines.get(i).codePointCount(0, lines.get(i).length());
        if (width > WIDTH) {
          wide.add("%s:%d has %d".formatted(Repository.ROOT.relativize(file), i + 1, width));
        }
      }
    }
    assertThat(wide).as("lines to be broken by hand").isEmpty();
  }
}
