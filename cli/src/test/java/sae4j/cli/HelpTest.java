// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.cli.terminal.Console;

/// What `--help` promises.
class HelpTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Console console =
      new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, 80);

  private static CommandLine commands() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return SaeProgram.commandLine(new Console(nowhere, nowhere, false, 80));
  }

  static Stream<String> examples() {
    return commands().getSubcommands().values().stream()
        .flatMap(command -> Arrays.stream(command.getCommandSpec().usageMessage().footer()))
        .filter(line -> line.startsWith("  sae "))
        .map(String::strip);
  }

  @Test
  void every_command_has_an_example() {
    commands()
        .getSubcommands()
        .forEach(
            (name, command) ->
                assertThat(command.getCommandSpec().usageMessage().footer())
                    .as(name)
                    .anyMatch(line -> line.startsWith("  sae ")));
    assertThat(examples()).hasSizeGreaterThan(30);
  }

  /// As a shell splits them: blanks separate words, quotes hold them together.
  @ParameterizedTest
  @MethodSource("examples")
  void an_example_of_the_help_is_a_command_line_that_makes_sense(String example) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(example);
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : word.group(2));
    }
    String[] arguments = words.subList(1, words.size()).toArray(String[]::new);
    assertThat(SaeProgram.check(console, arguments)).as(err.toString()).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void the_help_of_train_has_every_option_once_in_sections_and_every_setting() {
    assertThat(SaeProgram.run(console, "train", "--help")).isZero();
    String help = out.toString();
    CommandLine train = requireNonNull(commands().getSubcommands().get("train"));
    for (OptionSpec option : train.getCommandSpec().options()) {
      String shown = option.negatable() ? "--[no-]unit-norm-decoder" : option.longestName();
      assertThat(
              help.lines()
                  .filter(
                      line -> line.matches("\\s{2,8}(-h, )?" + Pattern.quote(shown) + "([ =].*)?")))
          .as(shown)
          .hasSize(1);
    }
    assertThat(help)
        .contains("What the SAE reads:", "Sparsity:", "The run:", "Settings, for --set:");
    ArchitectureName.all()
        .forEach(
            architecture ->
                architecture
                    .settings()
                    .forEach(
                        setting ->
                            assertThat(help)
                                .contains(
                                    "    %s=%s".formatted(setting.name(), setting.standard()))));
    assertThat(help.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(110));
  }
}
