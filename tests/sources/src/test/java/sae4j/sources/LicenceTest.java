// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every source names its licence in one line at the top, a script in the line below `#!`.
class LicenceTest {
  private static final String HEADER =
      "Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0";

  @Test
  void every_java_source_begins_with_the_licence() {
    assertThat(without(Repository.javaSources(), "// " + HEADER + "\n\n"))
        .as("files that do not begin with: // %s, and an empty line", HEADER)
        .isEmpty();
  }

  @Test
  void every_script_begins_with_the_licence() {
    List<Path> scripts = scripts();
    assertThat(scripts).contains(Repository.ROOT.resolve("cli/bin/sae"));
    assertThat(without(scripts, "# " + HEADER + "\n"))
        .as("files that do not begin with: # %s", HEADER)
        .isEmpty();
  }

  /// Python, except the article's own listing, and what a shell runs.
  private static List<Path> scripts() {
    return Stream.concat(
            Repository.files(".py").filter(file -> !file.endsWith("listing.py")),
            Repository.files("")
                .filter(Files::isRegularFile)
                .filter(file -> !file.getFileName().toString().contains("."))
                .filter(file -> startsWith(file, "#!")))
        .toList();
  }

  private static boolean startsWith(Path file, String text) {
    return Files.isExecutable(file) && Repository.text(file).startsWith(text);
  }

  private static List<String> without(List<Path> files, String header) {
    return files.stream()
        .filter(file -> !Repository.text(file).replaceFirst("^#!.*\\n", "").startsWith(header))
        .map(file -> Repository.ROOT.relativize(file).toString())
        .toList();
  }
}
