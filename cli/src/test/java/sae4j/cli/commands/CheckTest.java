// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.CapturedShards;
import sae4j.activations.text.JavaSources;
import sae4j.cli.SaeProgram;
import sae4j.cli.terminal.Console;
import sae4j.evaluation.check.Place;
import sae4j.evaluation.check.Reading;
import sae4j.evaluation.check.SaeCheck;
import sae4j.evaluation.check.Sample;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.TokenBatch;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;
import sae4j.tensor.Backend;
import sae4j.tensor.Backends;

/// SAEs of the built-in model, as they were trained and described wrongly.
final class CheckTest {
  private static final List<String> HOOKS =
      List.of(
          "blocks.0.hook_resid_post",
          "blocks.1.hook_resid_mid",
          "blocks.1.hook_resid_post",
          "blocks.1.attn.hook_z",
          "blocks.1.hook_mlp_out",
          "blocks.2.hook_attn_out",
          "blocks.2.mlp.hook_in",
          "blocks.2.ln2.hook_normalized",
          "blocks.2.hook_mlp_out",
          "blocks.3.hook_resid_post");

  private static final List<String> KINDS =
      List.of(
          "--architecture topk --k 16",
          "--architecture relu",
          "--architecture jumprelu --target-l0 16",
          "--architecture gated",
          "--architecture topk --k 16 --normalise layer-norm");

  private static final String TRANSCODER =
      "--architecture transcoder --k 16 --set skip=true --hook blocks.2.mlp.hook_in --target-hook"
          + " blocks.2.hook_mlp_out";

  @TempDir private static Path folder = Path.of("");

  private record Ended(int exitCode, String out, String err) {}

  private static Ended run(String line) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console =
        new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, 80);
    String[] words =
        Arrays.stream(line.replace("@", folder + "/").split(" (?=(?:[^']*'[^']*')*[^']*$)", -1))
            .map(word -> word.replace("'", ""))
            .toArray(String[]::new);
    int exitCode = SaeProgram.run(console, words);
    return new Ended(exitCode, out.toString(), err.toString());
  }

  private static String sae(String hook, int kind) {
    return hook + "-" + kind;
  }

  @BeforeAll
  static void train() {
    Ended captured =
        run(
            "capture --max-tokens 40000 --out @captured --hook blocks.2.hook_resid_pre --hook "
                + String.join(" --hook ", HOOKS));
    assertThat(captured.exitCode()).as(captured.err()).isZero();
    String common = "train --activations @captured --steps 300 --batch 256 --features 256 --seed 5";
    for (String hook : HOOKS) {
      StringBuilder line = new StringBuilder(common + " --hook " + hook);
      line.append(" ").append(KINDS.getFirst()).append(" --out @").append(sae(hook, 0));
      for (int kind = 1; kind < KINDS.size(); kind++) {
        line.append(" --also '--out @%s %s'".formatted(sae(hook, kind), KINDS.get(kind)));
      }
      Ended trained = run(line.toString());
      assertThat(trained.exitCode()).as(trained.err()).isZero();
    }
    Ended trained = run(common + " " + TRANSCODER + " --out @transcoder");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
  }

  private static JsonNode check(String sae, int exitCode) throws IOException {
    Ended ended = run("check --sae @%s --max-tokens 400 --threads 1 --json".formatted(sae));
    assertThat(ended.exitCode()).as("%s: %s%s", sae, ended.out(), ended.err()).isEqualTo(exitCode);
    return new ObjectMapper().readTree(ended.out());
  }

  @Test
  void no_fault_is_found_in_what_was_trained_and_described_right() throws IOException {
    int checked = 0;
    for (String hook : HOOKS) {
      for (int kind = 0; kind < KINDS.size(); kind++) {
        JsonNode result = check(sae(hook, kind), 0);
        assertThat(result.path("verdict").asText()).isEqualTo("fits");
        assertThat(result.path("described").path("explained_variance").asDouble())
            .isGreaterThan(0.2);
        assertThat(result.path("tried").size()).isGreaterThan(20);
        checked++;
      }
    }
    check("transcoder", 0);
    assertThat(checked).isEqualTo(50);
  }

  /// A way to describe an SAE wrongly.
  ///
  /// @param of the SAE, by its folder
  /// @param wrong what is done to its description
  /// @param respect that is to be found
  /// @param option that mends it; empty where none does
  record Fault(
      String name, String of, UnaryOperator<SaeWeights> wrong, String respect, String option) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static SaeWeights at(SaeWeights weights, String hook) {
    Origin origin = weights.origin();
    return weights.from(
        new Origin(origin.modelName(), hook, origin.outputHookName(), origin.contextSize()));
  }

  private static SaeWeights with(SaeWeights weights, String name, Weight.Entry entry) {
    return weights.but().tensor(name, weights.tensor(name).with(entry)).build();
  }

  /// Numbers from a half to two, one for each feature.
  private static double[] factors(SaeWeights weights) {
    Random random = new Random(1);
    return random.doubles(weights.features(), -1, 1).map(x -> Math.pow(2, x)).toArray();
  }

  static Stream<Fault> faults() {
    String post = "blocks.1.hook_resid_post";
    String topk = sae(post, 0);
    String jump = sae(post, 2);
    return Stream.of(
        new Fault(
            "a wrong layer",
            topk,
            w -> at(w, "blocks.3.hook_resid_post"),
            "hook",
            "--hook " + post),
        new Fault(
            "a wrong site",
            sae("blocks.2.hook_mlp_out", 0),
            w -> at(w, "blocks.2.hook_attn_out"),
            "hook",
            "--hook blocks.2.hook_mlp_out"),
        new Fault(
            "a norm's gain that is missing",
            sae("blocks.2.mlp.hook_in", 0),
            w -> at(w, "blocks.2.ln2.hook_normalized"),
            "hook",
            "--hook blocks.2.mlp.hook_in"),
        new Fault(
            "a norm's gain too many",
            sae("blocks.2.ln2.hook_normalized", 0),
            w -> at(w, "blocks.2.mlp.hook_in"),
            "hook",
            "--hook blocks.2.ln2.hook_normalized"),
        new Fault(
            "a skip connection that is transposed",
            "transcoder",
            w -> w.but().tensor("W_skip", w.tensor("W_skip").transposed()).build(),
            "skip",
            ""),
        new Fault(
            "a transcoder of another layer",
            "transcoder",
            w ->
                at(w, "blocks.1.mlp.hook_in")
                    .from(
                        new Origin(
                            w.origin().modelName(),
                            "blocks.1.mlp.hook_in",
                            "blocks.1.hook_mlp_out",
                            null)),
            "hook",
            "--hook blocks.2.mlp.hook_in --target-hook blocks.2.hook_mlp_out"),
        new Fault(
            "a transcoder that predicts elsewhere",
            "transcoder",
            w -> w.from(w.origin().predicting("blocks.2.hook_attn_out")),
            "target-hook",
            "--target-hook blocks.2.hook_mlp_out"),
        new Fault(
            "a threshold that is its logarithm",
            jump,
            w -> with(w, "threshold", (theta, _, _) -> Math.log(Math.max(theta, 1e-6))),
            "threshold",
            ""),
        new Fault(
            "b_dec that was subtracted",
            topk,
            w -> w.but().subtractsDecoderBias(!w.subtractsDecoderBias()).build(),
            "b_dec",
            ""),
        new Fault(
            "a normalisation that is left out",
            sae("blocks.3.hook_resid_post", 4),
            w -> w.but().units(Units.scaled(1, 1)).build(),
            "normalisation",
            ""),
        new Fault(
            "another normalisation",
            sae("blocks.3.hook_resid_post", 0),
            w -> w.but().units(Units.perToken(Normalisation.LAYER_NORM)).build(),
            "normalisation",
            ""),
        new Fault(
            "a threshold that was not scaled with the weights",
            jump,
            w -> with(w, "threshold", (theta, _, _) -> theta / usualScale(w)),
            "threshold",
            ""),
        new Fault(
            "activations whose scale is left out",
            jump,
            w -> scaledForTraining(w, usualScale(w)),
            "scale",
            ""),
        new Fault(
            "decoder vectors that were brought to norm 1",
            sae(post, 1),
            w -> {
              double[] factors = factors(w);
              return with(w, "W_dec", (x, f, _) -> x * factors[f]);
            },
            "decoder norm",
            ""),
        new Fault(
            "features that were chosen by their decoder norm",
            topk,
            w -> {
              double[] n = factors(w);
              SaeWeights scaled = with(w, "W_dec", (x, f, _) -> x * n[f]);
              scaled = with(scaled, "W_enc", (x, _, f) -> x / n[f]);
              return with(scaled, "b_enc", (x, _, f) -> x / n[f]);
            },
            "decoder norm",
            ""));
  }

  /// Weights that fit activations times a factor.
  private static SaeWeights scaledForTraining(SaeWeights weights, double factor) {
    SaeWeights scaled = with(weights, "b_enc", (x, _, _) -> x * factor);
    scaled = with(scaled, "threshold", (x, _, _) -> x * factor);
    return with(scaled, "b_dec", (x, _, _) -> x * factor);
  }

  /// √D/E‖x‖ of the captured activations that an SAE reads.
  private static double usualScale(SaeWeights weights) {
    HookPoint hook = HookPoint.parse(String.valueOf(weights.origin().hookName()));
    try (CapturedShards captured = CapturedShards.open(folder.resolve("captured"), hook)) {
      double norms = 0;
      for (int row = 0; row < 2000; row++) {
        double square = 0;
        for (float x : captured.block(row, 1)) {
          square += (double) x * x;
        }
        norms += Math.sqrt(square) / 2000;
      }
      return Math.sqrt(weights.width()) / norms;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  @ParameterizedTest
  @MethodSource("faults")
  void a_planted_fault_is_found_and_mended(Fault fault) throws IOException {
    String wrong = "wrong-" + fault.name().replace(' ', '-');
    SaeFiles.save(
        folder.resolve(wrong), fault.wrong().apply(SaeFormats.read(folder.resolve(fault.of()))));
    JsonNode result = check(wrong, 1);
    List<String> respects = new ArrayList<>();
    result.path("best").path("respects").forEach(each -> respects.add(each.asText()));
    assertThat(respects).as(result.toPrettyString()).containsExactly(fault.respect());
    assertThat(result.path("best").path("options").asText()).isEqualTo(fault.option());

    Ended mended =
        run("check --sae @%1$s --max-tokens 400 --threads 1 --mend @%1$s-mended".formatted(wrong));
    assertThat(mended.out()).contains("likely fault: ");
    assertThat(explained(wrong + "-mended")).isGreaterThan(explained(fault.of()) - 0.02);
  }

  private static double explained(String sae) throws IOException {
    return check(sae, 0).path("described").path("explained_variance").asDouble();
  }

  /// The built-in model, with other activations.
  ///
  /// @param shift whether all activations of a batch are moved by a vector
  private static LanguageModel moved(LanguageModel model, float by, Predicate<TokenBatch> shift) {
    return (LanguageModel)
        Proxy.newProxyInstance(
            CheckTest.class.getClassLoader(),
            new Class<?>[] {LanguageModel.class},
            (_, method, arguments) -> {
              Object result = method.invoke(model, arguments);
              if (method.getName().equals("capture")
                  && result instanceof Map<?, ?> captured
                  && shift.test((TokenBatch) arguments[0])) {
                for (Object rows : captured.values()) {
                  float[] values = ((FloatRows) rows).values();
                  for (int i = 0; i < values.length; i++) {
                    values[i] += by;
                  }
                }
              }
              return result;
            });
  }

  private static Reading bestReading(float by, Predicate<TokenBatch> shift, boolean starts)
      throws IOException {
    HookPoint hook = HookPoint.parse("blocks.1.hook_resid_post");
    SaeWeights weights = SaeFormats.read(folder.resolve(sae(hook.name(), 0)));
    try (LanguageModel model = LanguageModels.open("java-gpt2-tiny");
        Backend backend = Backends.open("auto")) {
      LanguageModel moved = moved(model, by, shift);
      Place place = new Place(hook, hook, null, false, starts);
      Sample sample =
          new Sample(
              moved,
              JavaSources.onThisMachine(1, Path.of("")),
              ActivationCapture.Settings.forModel(moved, 500));
      return SaeCheck.of(Reading.asDescribed(weights, place), sample, backend, _ -> {})
          .best()
          .reading();
    }
  }

  @Test
  void start_tokens_that_are_left_out_or_too_many_are_found() throws IOException {
    int start;
    try (LanguageModel model = LanguageModels.open("java-gpt2-tiny")) {
      start = model.tokenizer().documentStart().orElseThrow();
    }
    Predicate<TokenBatch> starts =
        batch -> IntStream.range(0, batch.rows()).anyMatch(row -> batch.id(row) == start);
    assertThat(bestReading(3, starts.negate(), false).options()).isEqualTo("--bos add");
    assertThat(bestReading(3, starts, true).options()).isEqualTo("--bos none");
  }

  @Test
  void weights_of_the_model_that_were_centred_are_found() throws IOException {
    Reading best = bestReading(5, _ -> true, true);
    assertThat(best.changes()).extracting(Reading.Change::respect).containsExactly("centring");
    assertThat(best.mended().origin().centred()).isTrue();
  }

  @Test
  void where_files_do_not_say_where_an_sae_was_trained_it_is_found() throws IOException {
    SaeWeights weights = SaeFormats.read(folder.resolve(sae("blocks.1.hook_mlp_out", 0)));
    SaeFiles.save(
        folder.resolve("nowhere"), weights.from(new Origin(weights.origin().modelName(), null)));
    Ended ended = run("check --sae @nowhere --max-tokens 400 --threads 1");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains("its files do not say where it was trained");
    assertThat(ended.out()).contains("likely fault: it reads blocks.1.hook_mlp_out; give --hook");
    assertThat(Files.exists(folder.resolve("OUT"))).isFalse();
  }

  @Test
  void weights_that_were_never_trained_fit_nothing() throws IOException {
    SaeWeights weights = SaeFormats.read(folder.resolve(sae("blocks.1.hook_resid_post", 0)));
    Random random = new Random(3);
    SaeFiles.save(
        folder.resolve("noise"),
        with(
            with(weights, "W_enc", (_, _, _) -> random.nextGaussian()),
            "W_dec",
            (_, _, _) -> random.nextGaussian()));
    JsonNode result = check("noise", 1);
    assertThat(result.path("verdict").asText()).isEqualTo("fits_nothing");
  }
}
