// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Java in the documents is code: a program runs, a file compiles, and anything else is quoted from
/// a source as it stands there.
final class SnippetsTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\n(?<text>.*?)^```$");
  private static final Pattern LOSS = Pattern.compile("loss (\\d+\\.\\d+)");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);$");
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(?:public |final )*(?:class|record|interface|enum) (\\w+)");

  @TempDir private Path folder;

  /// A block of a document.
  ///
  /// @param document where it stands
  /// @param text the Java
  record Snippet(Path document, String text) {
    boolean isProgram() {
      return text.contains("void main()");
    }

    boolean isFile() {
      return PACKAGE.matcher(text).find();
    }

    @Override
    public String toString() {
      return Repository.ROOT.relativize(document)
          + ": "
          + text.lines().filter(line -> !line.startsWith("import")).findFirst().orElse("");
    }
  }

  private static Stream<Snippet> snippets() {
    return DocsTest.documents()
        .flatMap(
            document ->
                BLOCK
                    .matcher(Repository.text(document))
                    .results()
                    .map((MatchResult block) -> new Snippet(document, block.group("text"))));
  }

  static List<Snippet> programs() {
    return snippets().filter(Snippet::isProgram).toList();
  }

  static List<Snippet> files() {
    return snippets().filter(snippet -> snippet.isFile() && !snippet.isProgram()).toList();
  }

  static List<Snippet> quotations() {
    return snippets().filter(snippet -> !snippet.isFile() && !snippet.isProgram()).toList();
  }

  @Test
  void there_are_snippets_of_every_kind() {
    assertThat(programs()).isNotEmpty();
    assertThat(files()).isNotEmpty();
    assertThat(quotations()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void a_program_runs_and_the_loss_that_it_prints_falls(Snippet program) throws Exception {
    Files.writeString(folder.resolve("Program.java"), program.text());
    String printed =
        succeeds(
            "java", "--add-modules", "jdk.incubator.vector", "-cp", classPath(), "Program.java");
    List<Double> losses =
        LOSS.matcher(printed).results().map(loss -> Double.valueOf(loss.group(1))).toList();
    assertThat(losses).hasSizeGreaterThan(2);
    for (int i = 1; i < losses.size(); i++) {
      assertThat(losses.get(i)).isLessThan(losses.get(i - 1));
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void a_file_compiles(Snippet file) throws Exception {
    Matcher type = TYPE.matcher(file.text());
    assertThat(type.find()).isTrue();
    String source = type.group(1) + ".java";
    Files.writeString(folder.resolve(source), file.text());
    succeeds("javac", "-proc:none", "-d", "classes", "-cp", classPath(), source);
  }

  /// Lines are compared without their indentation.
  @ParameterizedTest
  @MethodSource("quotations")
  void a_quotation_stands_in_a_source(Snippet quotation) {
    String quoted = lines(quotation.text());
    assertThat(
            Stream.of("reference", "backends", "cli", "tests")
                .flatMap(room -> Repository.files(Repository.ROOT.resolve(room), ".java").stream()))
        .anyMatch(source -> lines(Repository.text(source)).contains(quoted));
  }

  private static String lines(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private String succeeds(String tool, String... arguments)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output.txt");
    List<String> command =
        Stream.concat(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", tool).toString()),
                Stream.of(arguments))
            .toList();
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    String printed = Files.readString(output);
    assertThat(ended).as("%s ended in time: %s", tool, printed).isTrue();
    assertThat(process.exitValue()).as(printed).isZero();
    return printed;
  }
}
