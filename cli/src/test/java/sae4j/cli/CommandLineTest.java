// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import sae4j.cli.options.types.OldSpellings;
import sae4j.cli.terminal.Console;

/// Every command's line, option by option: what is no value is refused before anything is done, and
/// what options were once called is still understood.
class CommandLineTest {
  /// Options that may be negative, and say so by their meaning.
  private static final Set<String> OF_ANY_SIGN = Set.of("--seed", "--scale");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Console console =
      new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, 80);

  private int run(String... arguments) {
    return SaeProgram.run(console, arguments);
  }

  /// An annotation of Java begins so, and a file of that name does not take its place.
  @Test
  void an_at_sign_a_quote_and_a_line_break_are_letters_of_a_word(@TempDir Path folder)
      throws IOException {
    Files.writeString(folder.resolve("word"), "class");
    String typed = "@" + folder.resolve("word");
    assertThat(
            commands()
                .parseArgs("steer", "--sae", "s", "--feature", "1:1", "--prompt", typed)
                .subcommand()
                .matchedOption("--prompt")
                .originalStringValues())
        .containsExactly(typed);
    List<Path> texts =
        commands()
            .parseArgs(
                "capture",
                "--out",
                "o",
                "--hook",
                "blocks.0.hook_resid_post",
                "--text",
                "it\"s",
                "a\nb")
            .subcommand()
            .matchedOption("--text")
            .getValue();
    assertThat(texts).containsExactly(Path.of("it\"s"), Path.of("a\nb"));
  }

  private static CommandLine commands() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return SaeProgram.commandLine(new Console(nowhere, nowhere, false, 80));
  }

  private static Stream<OptionSpec> options(CommandLine command) {
    return command.getCommandSpec().options().stream();
  }

  private static boolean isNumber(OptionSpec option) {
    Class<?> type = option.isMultiValue() ? option.auxiliaryTypes()[0] : option.type();
    return Set.of(int.class, long.class, double.class, Integer.class, Long.class, Double.class)
        .contains(type);
  }

  static Stream<Arguments> numbers() {
    return commands().getSubcommands().entrySet().stream()
        .flatMap(
            command ->
                options(command.getValue())
                    .filter(CommandLineTest::isNumber)
                    .map(option -> Arguments.of(command.getKey(), option.longestName())));
  }

  @Test
  void the_walk_meets_numbers_in_most_commands() {
    assertThat(numbers().map(each -> each.get()[0]).distinct()).hasSizeGreaterThan(12);
    assertThat(numbers()).hasSizeGreaterThan(70);
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void what_is_no_number_is_refused_by_the_name_of_the_option(String command, String option) {
    List<String> wrong = new ArrayList<>(List.of("NaN", "many", "-Infinity", "1e999", "0x"));
    if (!OF_ANY_SIGN.contains(option)) {
      wrong.addAll(List.of("-1", "-3"));
    }
    for (String value : wrong) {
      err.getBuffer().setLength(0);
      assertThat(run(command, option + "=" + value)).as(value).isEqualTo(2);
      assertThat(err.toString())
          .as(value)
          .hasLineCount(1)
          .startsWith("sae %s: %s is ".formatted(command, option))
          .contains("; it must be ");
    }
    assertThat(out.toString()).isEmpty();
  }

  static Stream<Arguments> ranges() {
    return Stream.of(
        Arguments.of("demo --max-tokens 4999", "--max-tokens is 4999; it must be 5000 or more"),
        Arguments.of("sweep --heldout-tokens 99", "--heldout-tokens is 99; it must be 100 or more"),
        Arguments.of("serve --port 65536", "--port is 65536; it must be from 0 to 65535"),
        Arguments.of("train --batch 0", "--batch is 0; it must be 1 or more"),
        Arguments.of("train --batch 1.5", "--batch is 1.5; it must be a whole number, 1 or more"),
        Arguments.of(
            "train --batch 99999999999", "--batch is 99999999999; it must be 2147483647 or less"),
        Arguments.of("train --l1 -3", "--l1 is -3.0; it must be 0 or more"),
        Arguments.of("train --l1 x", "--l1 is x; it must be a number, 0 or more"),
        Arguments.of("train --lr 0", "--lr is 0.0; it must be more than 0"),
        Arguments.of("train --adam-beta1 1", "--adam-beta1 is 1.0; it must be from 0 to below 1"),
        Arguments.of("train --normalise batch", "--normalise is batch; choose none, "),
        Arguments.of("train --objective x", "--objective is x; choose local, e2e"),
        Arguments.of("train --architecture x", "--architecture is x; choose one of relu, gated"),
        Arguments.of("train --documents 5", "--documents is 5; write it as FROM:TO"),
        Arguments.of("train --documents 5:5", "--documents is 5:5; FROM must be less than TO"),
        Arguments.of("train --hook x", "--hook is x; write it as blocks.LAYER.SITE"),
        Arguments.of("train --downstream blocks.1.x", "--downstream is blocks.1.x; write it as"),
        Arguments.of("eval --target-hook x", "--target-hook is x; write it as blocks.LAYER.SITE"),
        Arguments.of("capture --hook blocks.1.y", "--hook is blocks.1.y; write it as"),
        Arguments.of("capture --dtype f8", "--dtype is f8; choose f32, f16 or bf16"),
        Arguments.of("capture --bos x", "--bos is x; choose auto, add or none"),
        Arguments.of("capture --bos keep", "--bos is keep; it says what the model reads; to keep"),
        Arguments.of("capture --bos drop", "--bos is drop; it says what the model reads; to drop"),
        Arguments.of("capture --drop x", "--drop is x; choose starts, special or none"),
        Arguments.of("eval --context 1", "--context is 1; it must be 2 or more"),
        Arguments.of("truth --max-unpacked 0", "--max-unpacked is 0; it must be 1 or more"),
        Arguments.of(
            "truth --max-unpacked 9999999999999",
            "--max-unpacked is 9999999999999; it must be 8796093022207 or less"),
        Arguments.of("toy --probability 0", "--probability is 0.0; it must be more than 0 and"),
        Arguments.of("synth --architectures relu,x", "--architectures is x; choose one of"),
        Arguments.of(
            "sweep --architectures transcoder", "--architectures is transcoder; leave it out"),
        Arguments.of("convert --to x a b", "--to: unknown format 'x'"),
        Arguments.of("bench --precision fp16", "--precision is 'fp16'; choose fp32 or tf32"),
        Arguments.of("features --export csv", "--export is csv; possible are [neuronpedia"),
        Arguments.of("features --source-set a/b", "--source-set is a/b; letters, digits"),
        Arguments.of("steer --sae a --feature x", "--feature is x; write the feature's number"),
        Arguments.of("steer --sae a --feature 3:NaN", "--feature is 3:NaN; say how much"),
        Arguments.of("steer --sae a --clamp 3", "--clamp is 3; say to what"),
        Arguments.of(
            "steer --sae a --ablate 3:1", "--ablate is 3:1; give the number of a feature"));
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void a_value_out_of_range_is_refused_with_what_it_must_be(String line, String message) {
    assertThat(run(line.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString())
        .hasLineCount(1)
        .startsWith("sae %s: %s".formatted(line.split(" ", -1)[0], message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train --activations a|--out is missing; see: sae train --help
          intervene --activations a --sae b|--feature, --scale, --out are missing
          steer --prompt x|--sae is missing
          steer --feature 3:1 --prompt x|--sae is missing
          steer --sae a --hook blocks.0.hook_resid_post --hook blocks.1.hook_resid_post \
          --feature 3:1 --prompt x|--sae is missing
          trian|there is no command 'trian'; did you mean train?
          xyzzy|there is no command 'xyzzy'; see: sae --help
          info a b|Unmatched argument at index 2: 'b'; see: sae info --help
          train --feature=3 --out x|there is no option '--feature=3'; did you mean --features?
          train --qqq --out x|there is no option '--qqq'; see: sae train --help
          toy --stepz 3|there is no option '--stepz'; did you mean --steps?
          bench --architecture topk --k 9 --features 8|--k is 9; it must be from 1 to the number of
          toy --latents 0|--latents is 0; it must be 1 or more
          sweep --features 16 --l0 32 --out nowhere|--l0 is 32; it must be from 1 to
          sweep --features 16 --target-l0 32 --out nowhere|--target-l0 is 32; it must be from 1 to
          sweep --architectures topk --set bandwidth=2 --out nowhere|\
          --set is bandwidth=2; none of topk
          sweep --max-tokens 999 --out nowhere|--max-tokens is 999; it must be 1000 or more
          eval --sae a --activations b --model c|--activations is given beside --model or --text
          eval --sae a --max-tokens 1 --activations b --text c|--activations is given beside
          capture --hook blocks.0.hook_resid_post --text-field x --out nowhere|--text-field is x; \
          it needs --text
          capture --hook blocks.0.hook_resid_post --strict-text --out nowhere|--strict-text is given
          steer --sae a --feature 3 --prompt x|--feature is 3; say how much
          train --activations a --architecture topk --set k=2 --set k=3 --out o|\
          --set is k=3; it is given twice
          sweep --set k=2 --set k=2 --out o|--set is k=2; it is given twice
          train --activations a --architecture topk --set aux-coefficient=0 --set aux-k=3 --out o|\
          --set is aux-k=3; it has no effect with --set aux-coefficient=0
          train --activations a --lr-schedule restarts --lr-cycles 30 --steps 20 --out o|\
          --lr-cycles is 30; the run has --steps 20
          train --activations a --architecture transcoder --set activation=relu --k 3 --out o|\
          --k is 3; it needs --set activation=topk
          """)
  void what_does_not_go_together_is_refused_in_a_line(String line, String message) {
    assertThat(run(line.split(" ", -1))).as(err.toString()).isEqualTo(2);
    assertThat(err.toString()).hasLineCount(1).contains(": " + message);
  }

  @ParameterizedTest
  @CsvSource({
    "multi-topk=true,subtract-decoder-bias=true,topk",
    "bandwidth=2,initial-threshold=2,jumprelu",
    "aux-k=2,aux-coefficient=2,batchtopk"
  })
  void two_settings_may_have_one_value(String one, String other, String architecture) {
    String line =
        "train --activations a --out o --features 64 --architecture %s --set %s --set %s"
            .formatted(architecture, one, other);
    assertThat(run(line.split(" ", -1))).isEqualTo(1); // there is no file a
    assertThat(err.toString()).contains("a: ");
  }

  static Stream<Arguments> spellings() {
    return OldSpellings.all().entrySet().stream()
        .flatMap(
            command ->
                command.getValue().entrySet().stream()
                    .map(each -> Arguments.of(command.getKey(), each.getKey(), each.getValue())));
  }

  /// Parses as far as options can be: what is required and missing comes last.
  private static CommandLine parsed(String command, String... arguments) {
    CommandLine commands = commands();
    String[] line =
        Stream.concat(Stream.of(command), Arrays.stream(arguments)).toArray(String[]::new);
    try {
      commands.parseArgs(line);
    } catch (CommandLine.MissingParameterException incomplete) {
      // what is there was read
    }
    return requireNonNull(commands.getSubcommands().get(command));
  }

  private static @Nullable Object value(CommandLine command, String option) {
    Object value = command.getCommandSpec().findOption(option).getValue();
    return value instanceof List<?> several ? several.getFirst() : value;
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void an_old_spelling_means_what_the_new_one_does(String command, String old, String today) {
    for (String[] arguments : new String[][] {{old, "6001"}, {old + "=6001"}}) {
      assertThat(value(parsed(command, arguments), today)).hasToString("6001");
    }
    // beside the old name of the dictionary's size, --features is something else: see below
    if (!today.equals("--features")) {
      assertThat(run(command, old, "6001", today, "6002")).isEqualTo(2);
      assertThat(err.toString())
          .hasLineCount(1)
          .contains("%s and %s are one option".formatted(old, today));
    }
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void help_shows_the_new_spelling_only(String command, String old, String today) {
    assertThat(run(command, "--help")).isZero();
    assertThat(out.toString()).containsPattern(today + "\\b").doesNotContainPattern(old + "\\b");
  }

  @Test
  void options_have_one_name_each_and_the_names_of_the_old_spellings_are_free() {
    commands()
        .getSubcommands()
        .forEach(
            (name, command) ->
                options(command)
                    .filter(option -> !option.usageHelp() && !option.negatable())
                    .forEach(option -> assertThat(option.names()).as(name).hasSize(1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          toy|--features 64 --hidden 32|64||32
          toy|--features 64 --d-model 32|64||32
          toy|--features 64 --latents 80|80|64|2
          toy|--latents 80 --features 64|80|64|2
          toy|--latents=80|80|5|2
          toy|--true-features 7 --latents 80|80|7|2
          synth|--features 32 --d-model 16 --width 12|12|32|16
          synth|--width=12|12|1024|128
          synth|--features 12 --true-features 32|12|32|128
          """)
  void where_features_once_were_the_true_ones_an_old_line_still_means_them(
      String command, String line, String features, String trueFeatures, String width) {
    CommandLine parsed = parsed(command, line.split(" ", -1));
    assertThat(String.valueOf(value(parsed, "--features"))).isEqualTo(features);
    assertThat(String.valueOf(value(parsed, "--true-features")))
        .isEqualTo(trueFeatures == null ? "null" : trueFeatures);
    assertThat(value(parsed, "--d-model")).hasToString(width);
  }

  @Test
  void one_idea_has_one_name() {
    Map<String, String> gone =
        Map.of(
            "--tokens",
            "--max-tokens",
            "--width",
            "--features",
            "--latents",
            "--features",
            "--hidden",
            "--d-model",
            "--top",
            "--show");
    commands()
        .getSubcommands()
        .forEach(
            (name, command) ->
                options(command)
                    .forEach(
                        option ->
                            assertThat(gone).as(name).doesNotContainKey(option.longestName())));
    List<String> withSettings =
        commands().getSubcommands().entrySet().stream()
            .filter(each -> each.getValue().getCommandSpec().findOption("--set") != null)
            .map(Map.Entry::getKey)
            .toList();
    assertThat(withSettings).containsExactlyInAnyOrder("train", "sweep");
  }

  @Test
  void defaults_pass_their_own_checks() {
    for (String command : commands().getSubcommands().keySet()) {
      try {
        commands().parseArgs(command);
      } catch (CommandLine.MissingParameterException incomplete) {
        // as it must be: every default was read before
      } catch (ParameterException refused) {
        throw new AssertionError(command + ": " + refused.getMessage(), refused);
      }
    }
  }
}
