// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.acceptance.Launcher.Ended;

/// The boxes "try it" of the companion: each command and each snippet does what stands beside it.
class CompanionTryItTest {
  private static final Pattern BOX =
      Pattern.compile("(?s)<pre data-run=\"([^\"]*)\" data-expect=\"([^\"]*)\"><code>(.*?)</code>");

  @TempDir private Path folder = Path.of("");

  /// What a box holds.
  ///
  /// @param kind `sae`, `jshell`, `prompt` for the line that opens JShell, `long` and `after demo`
  ///     for two commands that belong together
  /// @param expected part of what is printed
  record Box(String kind, String expected, String text) {
    @Override
    public String toString() {
      return text.lines().toList().getLast();
    }
  }

  static List<Box> boxes() {
    try {
      return BOX.matcher(
              Files.readString(Launcher.projectRoot().resolve("docs/companion/index.html")))
          .results()
          .map(box -> new Box(box.group(1), box.group(2), plain(box.group(3))))
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String plain(String html) {
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
  }

  private static Stream<Box> boxes(String kind) {
    return boxes().stream().filter(box -> box.kind().equals(kind));
  }

  static Stream<Box> commands() {
    return boxes("sae");
  }

  static Stream<Box> snippets() {
    return boxes("jshell");
  }

  @Test
  void every_box_is_of_a_kind_that_is_run() {
    assertThat(boxes())
        .extracting(Box::kind)
        .contains("sae", "jshell", "prompt", "long", "after demo")
        .allMatch(kind -> kind.matches("sae|jshell|prompt|long|after demo"));
  }

  private String run(Box box) throws Exception {
    List<String> words =
        Pattern.compile("'([^']*)'|(\\S+)")
            .matcher(box.text())
            .results()
            .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
            .toList();
    assertThat(words.getFirst()).isEqualTo("sae");
    Ended ended =
        Launcher.ofProject(folder).run(words.subList(1, words.size()).toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended.out() + ended.err();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void a_command_runs(Box box) throws Exception {
    assertThat(run(box)).contains(box.expected());
  }

  @Test
  void the_demo_is_made_and_steered() throws Exception {
    for (String kind : List.of("long", "after demo")) {
      Box box = boxes(kind).findFirst().orElseThrow();
      assertThat(run(box)).contains(box.expected());
    }
    assertThat(folder.resolve("demo/index.html")).exists();
  }

  /// The snippet is typed at the prompt that the page says how to open.
  @ParameterizedTest
  @MethodSource("snippets")
  void a_snippet_evaluates(Box box) throws Exception {
    Path file = folder.resolve("snippet.jsh");
    Files.writeString(file, box.text() + "\n/exit\n");
    Path printed = folder.resolve("printed");
    String prompt = boxes("prompt").findFirst().orElseThrow().text();
    Path jdk = Path.of(System.getProperty("java.home"), "bin");
    Process process =
        new ProcessBuilder("bash", "-c", "PATH=%s:$PATH; %s < %s".formatted(jdk, prompt, file))
            .directory(Launcher.projectRoot().toFile())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    List<String> lines = Files.readString(printed).lines().toList();
    assertThat(ended).isTrue();
    assertThat(lines).noneMatch(line -> line.contains("Error") || line.contains("Exception"));
    assertThat(String.join("\n", lines)).contains(box.expected());
  }
}
