// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.cli.InProcess.Ended;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.saes.Activation;
import sae4j.saes.Setting;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

/// Whatever refuses a value, in the library or in a file of a run that goes on: the line names the
/// option that the user typed, not what the value is called inside.
class NamedOptionsTest {
  private static final String MODEL = "java-gpt2-tiny";
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int WIDTH = 128;
  private static final int FEATURES = 4;

  @TempDir private static Path folder = Path.of("");

  /// Runs a line in which @ stands for the folder; words with blanks are in quotes.
  private static Ended run(String line) {
    return InProcess.in(folder, line.replace("@", "~"));
  }

  @BeforeAll
  static void write_an_sae_and_texts() throws IOException {
    for (String name : List.of("one", "two")) {
      Files.writeString(
          folder.resolve(name + ".java"), "int %s = items.size();\n".formatted(name).repeat(40));
    }
    float[] ones = new float[WIDTH * FEATURES];
    Arrays.fill(ones, 0.1f);
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    weights.put("W_enc", Weight.of(ones, WIDTH, FEATURES));
    weights.put("b_enc", Weight.constant(0, FEATURES));
    weights.put("W_dec", Weight.of(ones, FEATURES, WIDTH));
    weights.put("b_dec", Weight.constant(0, WIDTH));
    for (String hook : List.of(HOOK, "blocks.9.hook_resid_post")) {
      SaeFiles.save(
          folder.resolve(hook),
          SaeWeights.builder(new Activation.Relu(), weights)
              .origin(new Origin(MODEL, hook))
              .build());
    }
  }

  static Stream<Arguments> settings() {
    return ArchitectureName.all().stream()
        .flatMap(
            architecture ->
                architecture.settings().stream()
                    .map(setting -> Arguments.of(architecture.name(), setting)));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void a_setting_that_cannot_be_is_called_what_set_was_given(String architecture, Setting setting) {
    String hooks =
        architecture.equals("transcoder") ? " --hook " + HOOK + " --target-hook " + HOOK : "";
    String value = setting.name() + "=xyzzy";
    Ended ended =
        run(
            "train --activations @a --out @o --features 8 --architecture %s --set %s%s"
                .formatted(architecture, value, hooks));
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).hasLineCount(1).startsWith("sae train: --set is %s; ".formatted(value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          --architecture topk|--k is 32; it must be from 1 to the number of features, 8
          --architecture topk --set k=9|--set is k=9; it must be from 1 to
          --architecture batchtopk --k 2 --set threshold-decay=1|--set is threshold-decay=1; it must
          --architecture matryoshka --k 2 --set prefix-widths=4,16|--set is prefix-widths=4,16; they
          --architecture p-anneal --set p-end=1|--set is p-end=1; it must be a number from 0
          --architecture p-anneal --set anneal-start=1|--set is anneal-start=1; it must be
          --set foo=1|--set is foo=1; relu has no setting of that name, only penalty
          --architecture jumprelu --target-l0 2 --set sparsity-target=3|--set is sparsity-target=3;
          --also '--architecture topk --set k=9 --out @p'|--also '--architecture topk --set k=9
          --also '--architecture transcoder --out @p'|--also '--architecture transcoder --out
          """)
  void what_depends_on_something_else_is_refused_by_option_before_anything_is_opened(
      String options, String line) {
    Ended ended = run("train --activations @a --out @o --features 8 " + options);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).hasLineCount(1).startsWith("sae train: " + line);
  }

  @ParameterizedTest
  @CsvSource({"k=3", "sparsity-target=3"})
  void a_sweep_does_not_let_one_setting_undo_its_grid(String setting) {
    Ended ended = run("sweep --out @o --target-l0 4 --features 8 --set " + setting);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).hasLineCount(1).contains("--set is " + setting + ";", "--target-l0");
  }

  @ParameterizedTest
  @CsvSource({
    "eval --sae @HOOK --backend ejml --text @one.java",
    "inspect --sae @HOOK --backend ejml --feature 0 --text @one.java",
    "features --sae @HOOK --backend ejml --text @one.java --out @f",
    "truth --sae @HOOK --backend ejml --text @one.java",
    "serve --sae @HOOK --backend ejml --dashboard @site",
    "steer --sae @HOOK --backend ejml --feature 0:1 --prompt a"
  })
  void a_hook_point_that_the_model_does_not_have_is_refused_by_option(String command)
      throws IOException {
    Files.createDirectories(folder.resolve("site/dashboard"));
    Files.writeString(folder.resolve("site/index.html"), "");
    Ended given = run(command.replace("HOOK", HOOK) + " --hook blocks.9.hook_resid_post");
    assertThat(given.exitCode()).as(given.err()).isEqualTo(2);
    assertThat(given.lastLine())
        .contains(
            "--hook is blocks.9.hook_resid_post; java-gpt2-tiny has in blocks.0 to blocks.3"
                + " hook_resid_pre")
        .endsWith("hook_resid_post");
    Ended trained = run(command.replace("HOOK", "blocks.9.hook_resid_post"));
    assertThat(trained.exitCode()).as(trained.err()).isEqualTo(1);
    assertThat(trained.lastLine())
        .contains("the SAE was trained at blocks.9.hook_resid_post, and java-gpt2-tiny has")
        .contains("; give --hook");
  }

  @Test
  void a_captured_and_a_swept_hook_point_too() {
    for (String command : List.of("capture", "sweep")) {
      Ended ended = run(command + " --out @o --hook blocks.9.hook_resid_post");
      assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
      assertThat(ended.lastLine()).contains(": --hook is blocks.9.hook_resid_post; ");
    }
  }

  @ParameterizedTest
  @CsvSource({"--feature 9:1.5", "--clamp 9:1.5", "--ablate 9"})
  void a_feature_that_the_sae_does_not_have_is_refused_by_the_option_that_changes_it(
      String option) {
    Ended ended = run("steer --backend ejml --prompt a --sae @%s %s".formatted(HOOK, option));
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.lastLine())
        .contains(": %s; the SAE in ".formatted(option.replace(" ", " is ")), "features 0 to 3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --max-tokens 90|--max-tokens 100, not 90
          --context 16|--context 32, not 16
          --dtype bf16|--dtype f32, not bf16
          --drop none|--drop starts, not none
          --batch 3|--batch 2, not 3
          --hook blocks.0.hook_resid_post|--hook blocks.1.hook_resid_post, not \
          blocks.0.hook_resid_post
          --text @two.java|--text @one.java, not @two.java
          --bos none|--bos token 0, not none
          """)
  void a_capture_that_goes_on_names_the_option_that_is_another(String change, String line) {
    String name = change.substring(0, change.indexOf(' '));
    String begun =
        Stream.of(
                "--text @one.java",
                "--hook " + HOOK,
                "--max-tokens 100",
                "--context 32",
                "--dtype f32",
                "--drop starts",
                "--batch 2",
                "--bos add")
            .map(option -> option.startsWith(name + " ") ? "" : option)
            .filter(option -> !option.isEmpty())
            .reduce("capture --out @captured", (line1, option) -> line1 + " " + option);
    Ended first =
        run(
            "capture --out @captured --text @one.java --max-tokens 100 --context 32 --dtype f32"
                + " --drop starts --batch 2 --bos add --hook "
                + HOOK);
    assertThat(first.exitCode()).as(first.err()).isZero();
    Ended ended = run(begun + " " + change);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.lastLine())
        .contains(": the capture was begun with " + line.replace("@", folder + "/") + "; give");
  }

  @Test
  void a_sweep_trains_on_contexts_of_the_length_that_was_asked_for() throws IOException {
    Ended ended =
        run(
            "sweep --out @contexts --text @one.java @two.java --max-tokens 1000 --context 16"
                + " --heldout-documents 1 --heldout-tokens 100 --architectures relu --target-l0 2"
                + " --features 4 --steps 2 --batch 8 --backend ejml --hook "
                + HOOK);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(folder.resolve("contexts/activations/capture.json"))
        .content()
        .contains("\"window_length\" : \"16\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --max-tokens 1001|--max-tokens 1000, not 1001
          --steps 3|--steps 2, not 3
          --batch 9|--batch 8, not 9
          --lr 0.5|--lr 0.002, not 0.5
          --seed 1|--seed 0, not 1
          --features 5|--features 4, not 5
          --set penalty=norm-weighted|--set penalty l1, not norm-weighted
          --context 16|--context 32, not 16
          --heldout-documents 2|--heldout-documents 1, not 2
          --heldout-tokens 101|--heldout-tokens 100, not 101
          --target-l0 3|the SAEs relu-l0-2, not relu-l0-3
          --hook blocks.0.hook_resid_post|--hook blocks.1.hook_resid_post, not \
          blocks.0.hook_resid_post
          """)
  void a_sweep_that_goes_on_names_the_option_that_is_another(String change, String line)
      throws IOException {
    String[] options = {
      "--text @one.java @two.java",
      "--hook " + HOOK,
      "--max-tokens 1000",
      "--context 32",
      "--heldout-documents 1",
      "--heldout-tokens 100",
      "--architectures relu",
      "--target-l0 2",
      "--features 4",
      "--steps 2",
      "--batch 8",
      "--backend ejml"
    };
    if (!Files.exists(folder.resolve("swept/sweep.json"))) {
      Ended first = run("sweep --out @swept " + String.join(" ", options));
      assertThat(first.exitCode()).as(first.err()).isZero();
    }
    String name = change.substring(0, change.indexOf(' '));
    String others =
        Stream.of(options)
            .filter(option -> !option.startsWith(name + " "))
            .reduce("sweep --out @swept", (some, option) -> some + " " + option);
    Ended ended = run(others + " " + change);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.lastLine()).contains(": the sweep was begun with " + line + "; give");
  }
}
