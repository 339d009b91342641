// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider.Availability.Available;
import sae4j.tensor.Backends;

/// Figures of the documents are what their commands print. Short commands run in every build; all
/// of them with `-Dfigures=all`, which takes the better part of an hour.
///
/// Training amplifies the last bit, and the built-in text is the JDK's own sources. The documents'
/// figures are therefore those of one JDK and one width of vectors; elsewhere the commands are not
/// run.
class FiguresTest {
  private static final String JDK = "25.0.3";
  private static final String LANES = "16 lanes (512 bits)";
  private static final Path DOCUMENT = Repository.ROOT.resolve("docs/example.md");

  /// What each command has printed, because several figures may be of one.
  private static final Map<String, String> PRINTED = new HashMap<>();

  @TempDir private Path folder;

  static List<Figures> figures() {
    return DocsTest.documents().flatMap(document -> Figures.in(document).stream()).toList();
  }

  @Test
  void there_are_figures_for_every_build_and_for_a_long_check() {
    assertThat(figures()).filteredOn(Figures::isLong).hasSizeGreaterThanOrEqualTo(4);
    assertThat(figures()).filteredOn(each -> !each.isLong()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(figures()).allMatch(each -> each.commands().contains("sae "));
  }

  @ParameterizedTest
  @MethodSource("figures")
  void what_a_command_prints_is_what_the_document_says(Figures figures) throws Exception {
    boolean all = "all".equals(System.getProperty("figures"));
    assumeTrue(all || !figures.isLong(), "takes long: run with -Dfigures=all");
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here");
    assumeTrue(
        System.getProperty("java.version").equals(JDK) && vectors().contains(LANES),
        () ->
            "measured with JDK %s and %s; this is %s and %s"
                .formatted(JDK, LANES, System.getProperty("java.version"), vectors()));

    if (!PRINTED.containsKey(figures.commands())) {
      PRINTED.put(figures.commands(), printed(figures.commands()));
    }
    assertThat(figures.missingFrom(PRINTED.getOrDefault(figures.commands(), "")))
        .as("said by %s and not printed", figures)
        .isEmpty();
  }

  private static String vectors() {
    var vector = Backends.providers().stream().filter(each -> each.name().equals("vector"));
    return vector
        .filter(each -> each.availability() instanceof Available)
        .map(
            each -> {
              try (Backend backend = each.open()) {
                return backend.description();
              }
            })
        .findFirst()
        .orElse("no vectors");
  }

  /// Both streams, of this build's program.
  private String printed(String commands) throws Exception {
    Path output = folder.resolve("output.txt");
    String program =
        "set -e\nsae() { \"$JAVA\" --add-modules=jdk.incubator.vector"
            + " --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -cp \"$CLASSES\""
            + " sae4j.cli.SaeProgram \"$@\"; }\n";
    ProcessBuilder shell =
        new ProcessBuilder("/bin/bash", "-c", program + commands)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    shell.environment().put("JAVA", System.getProperty("java.home") + "/bin/java");
    shell
        .environment()
        .put(
            "CLASSES",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    Process process = shell.start();
    boolean ended = process.waitFor(60, TimeUnit.MINUTES);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String text = Files.readString(output);
    assertThat(ended).as("ended in time: %s", text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  private static Figures one(String text) {
    return Figures.in(DOCUMENT, text).getFirst();
  }

  private static final String TABLE =
      """
      <!-- figures: sae x -->
      | a | F1 | change |
      |---|---|---|
      | **relu** | 0.16 | −1.5 points (−2 to 3) |
      | topk, ± | 2,048 | |
      """;

  @Test
  void a_row_is_found_by_its_label_and_its_numbers_in_order() {
    String printed = "relu      0.1561   -1.52 %  -2.0 to 3.1\ntopk, ±   2,048 things\n";
    assertThat(one(TABLE).missingFrom(printed)).isEmpty();
  }

  @Test
  void a_number_may_be_rounded_once_from_what_was_rounded_for_the_terminal() {
    Figures row = one("<!-- figures: sae x -->\n| a | b |\n|---|---|\n| x | 0.804 |\n");
    assertThat(row.missingFrom("x 0.8045")).isEmpty();
    assertThat(row.missingFrom("x 0.8035")).isEmpty();
    assertThat(row.missingFrom("x 0.8046")).hasSize(1);
    assertThat(row.missingFrom("x 0.8034")).hasSize(1);
    assertThat(row.missingFrom("x 0.80")).hasSize(1);
  }

  static Stream<String> wrong() {
    return Stream.of(
        "relu      0.1661   -1.52 %  -2.0 to 3.1",
        "relu      0.1561    1.52 %  -2.0 to 3.1",
        "relu      -1.52  0.1561  -2.0  3.1",
        "relu      0.1561   -1.52 %  -2.0 to 3.9",
        "relus     0.1561   -1.52 %  -2.0 to 3.1",
        "gated     0.1561   -1.52 %  -2.0 to 3.1");
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void a_row_with_another_number_or_label_is_missing(String line) {
    assertThat(one(TABLE).missingFrom(line + "\ntopk, ±   2,048 things\n"))
        .singleElement()
        .asString()
        .contains("relu");
  }

  @Test
  void a_quoted_line_is_printed_where_dots_stand_for_anything() {
    Figures quoted =
        one("<!-- long figures: sae x -->\n```\n      …\n  at L0 29.5; … of 1,024\nwords\n```\n");
    assertThat(quoted.isLong()).isTrue();
    assertThat(quoted.missingFrom("explained at  L0 29.5; 0.3 % of 1,024 dead")).isEmpty();
    assertThat(quoted.missingFrom("explained at  L0 29.6; 0.3 % of 1,024 dead")).hasSize(1);
    assertThat(quoted.missingFrom("")).hasSize(1);
  }

  @Test
  void the_commands_above_are_those_of_the_last_block() {
    String text =
        """
        ```
        sae a
        ```

        ```
        sae b --out c
        sae d
        ```

        text

        <!-- figures: the commands above -->
        | a | b |
        |---|---|
        | x | 1 |
        """;
    assertThat(one(text).commands()).isEqualTo("sae b --out c\nsae d\n");
  }
}
