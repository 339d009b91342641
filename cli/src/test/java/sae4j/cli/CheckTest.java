// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.CapturedShards;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.JavaSources;
import sae4j.cli.InProcess.Ended;
import sae4j.evaluation.check.Place;
import sae4j.evaluation.check.Reading;
import sae4j.evaluation.check.Reading.Change;
import sae4j.evaluation.check.SaeCheck;
import sae4j.evaluation.check.SaeCheck.Verdict;
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

  private static final String POST = "blocks.1.hook_resid_post";

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

  private static final int TOKENS = 400;

  @TempDir private static Path folder = Path.of("");

  private static DocumentSource text;
  private static LanguageModel model;
  private static Backend backend;

  /// Some hundred tokens that the model has read once, at all hook points.
  private static Sample sample;

  private static String sae(String hook, int kind) {
    return hook + "-" + kind;
  }

  @BeforeAll
  static void train() throws IOException {
    run(
        "capture --max-tokens 20000 --out ~captured --hook blocks.2.hook_resid_pre --hook "
            + String.join(" --hook ", HOOKS));
    String common =
        "train --activations ~captured --steps 200 --batch 256 --features 192 --seed 5 --threads"
            + " 1";
    for (String hook : HOOKS) {
      StringBuilder line = new StringBuilder(common + " --hook " + hook);
      line.append(" ").append(KINDS.getFirst()).append(" --out ~").append(sae(hook, 0));
      for (int kind = 1; kind < KINDS.size(); kind++) {
        line.append(" --also '--out ~%s %s'".formatted(sae(hook, kind), KINDS.get(kind)));
      }
      run(line.toString());
    }
    run(common + " " + TRANSCODER + " --out ~transcoder");
    text = JavaSources.onThisMachine(1, Path.of(""));
    model = LanguageModels.open("java-gpt2-tiny");
    backend = Backends.open("auto");
    sample = new Sample(model, text, ActivationCapture.Settings.forModel(model, TOKENS));
  }

  @AfterAll
  static void close() {
    model.close();
    backend.close();
  }

  private static Ended run(String line) {
    Ended ended = InProcess.in(folder, line);
    assertThat(ended.exitCode()).as("%s: %s", line, ended.err()).isZero();
    return ended;
  }

  private static SaeWeights read(String sae) throws IOException {
    return SaeFormats.read(folder.resolve(sae));
  }

  private static SaeCheck check(SaeWeights weights) throws IOException {
    HookPoint reads = HookPoint.parse(String.valueOf(weights.origin().hookName()));
    String target = weights.origin().outputHookName();
    HookPoint predicts = target == null ? reads : HookPoint.parse(target);
    return SaeCheck.of(
        Reading.asDescribed(weights, new Place(reads, predicts, null, false, true)),
        true,
        sample,
        backend,
        _ -> {});
  }

  /// What the command says, for scripts.
  private static JsonNode check(String sae, int exitCode, String more) throws IOException {
    Ended ended =
        InProcess.in(folder, "check --sae ~%s --max-tokens 400 --json%s".formatted(sae, more));
    assertThat(ended.exitCode()).as("%s: %s%s", sae, ended.out(), ended.err()).isEqualTo(exitCode);
    return ended.json();
  }

  private static Stream<String> right() {
    return Stream.concat(
        HOOKS.stream()
            .flatMap(hook -> IntStream.range(0, KINDS.size()).mapToObj(kind -> sae(hook, kind))),
        Stream.of("transcoder"));
  }

  @ParameterizedTest
  @MethodSource("right")
  void no_fault_is_found_in_what_was_trained_and_described_right(String sae) throws IOException {
    SaeCheck check = check(read(sae));
    assertThat(check.verdict()).as(check.best().reading().inWords()).isEqualTo(Verdict.FITS);
    assertThat(check.described().explainedVariance()).isGreaterThan(0.2);
    assertThat(check.tried()).hasSizeGreaterThan(20);
  }

  @Test
  void the_command_says_so() throws IOException {
    for (String sae : List.of(sae(HOOKS.getFirst(), 0), "transcoder")) {
      JsonNode result = check(sae, 0, "");
      assertThat(result.path("verdict").asText()).isEqualTo("fits");
      assertThat(result.path("tried").size()).isGreaterThan(20);
    }
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
    String topk = sae(POST, 0);
    return Stream.of(
        new Fault(
            "a wrong layer",
            topk,
            w -> at(w, "blocks.3.hook_resid_post"),
            "hook",
            "--hook " + POST),
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
            sae("blocks.2.hook_attn_out", 2),
            w -> with(w, "threshold", (theta, _, _) -> Math.log(Math.max(theta, 1e-6))),
            "threshold",
            ""),
        new Fault(
            "b_dec that was subtracted",
            sae("blocks.2.hook_attn_out", 3),
            w -> w.but().subtractsDecoderBias(!w.subtractsDecoderBias()).build(),
            "b_dec",
            ""),
        new Fault(
            "a normalisation that is left out",
            sae("blocks.1.attn.hook_z", 4),
            w -> w.but().units(Units.scaled(1, 1)).build(),
            "normalisation",
            ""),
        new Fault(
            "another normalisation",
            sae("blocks.1.attn.hook_z", 2),
            w -> w.but().units(Units.perToken(Normalisation.LAYER_NORM)).build(),
            "normalisation",
            ""),
        new Fault(
            "a threshold that was not scaled with the weights",
            sae("blocks.1.attn.hook_z", 2),
            w ->
                with(w, "threshold", (theta, _, _) -> theta / usualScale(w))
                    .but()
                    .source(w.source().stating(16, "its publisher says so"))
                    .build(),
            "threshold",
            ""),
        new Fault(
            "activations whose scale is left out",
            sae("blocks.1.attn.hook_z", 2),
            w -> scaledForTraining(w, usualScale(w)),
            "scale",
            ""),
        new Fault(
            "decoder vectors that were brought to norm 1",
            sae("blocks.2.hook_attn_out", 4),
            w -> {
              double[] factors = factors(w);
              return with(w, "W_dec", (x, f, _) -> x * factors[f]);
            },
            "decoder norm",
            ""),
        new Fault(
            "features that were chosen by their decoder norm",
            sae("blocks.2.hook_attn_out", 0),
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
    SaeWeights right = read(fault.of());
    SaeCheck check = check(fault.wrong().apply(right));
    assertThat(check.verdict()).isEqualTo(Verdict.OTHER_READING);
    Reading best = check.best().reading();
    assertThat(best.changes()).extracting(Change::respect).containsExactly(fault.respect());
    assertThat(best.options()).isEqualTo(fault.option());
    SaeCheck mended = check(best.mended("java-gpt2-tiny"));
    assertThat(mended.verdict()).isEqualTo(Verdict.FITS);
    assertThat(mended.described().explainedVariance())
        .isGreaterThan(check(right).described().explainedVariance() - 0.02);
  }

  @Test
  void the_command_names_a_fault_and_mends_it() throws IOException {
    Fault fault = faults().findFirst().orElseThrow();
    SaeFiles.save(folder.resolve("wrong"), fault.wrong().apply(read(fault.of())));
    JsonNode result = check("wrong", 1, " --mend ~mended");
    assertThat(result.path("verdict").asText()).isEqualTo("other_reading");
    assertThat(result.path("best").path("respects").path(0).asText()).isEqualTo(fault.respect());
    assertThat(result.path("best").path("options").asText()).isEqualTo(fault.option());
    check("mended", 0, "");
    check("wrong", 0, " " + fault.option());
  }

  /// The built-in model, with other activations.
  ///
  /// @param byColumn what each activation is moved by
  /// @param shift whether those of a batch are
  private static LanguageModel moved(IntToDoubleFunction byColumn, Predicate<TokenBatch> shift) {
    return (LanguageModel)
        Proxy.newProxyInstance(
            CheckTest.class.getClassLoader(),
            new Class<?>[] {LanguageModel.class},
            (_, method, arguments) -> {
              Object result = method.invoke(model, arguments);
              if (method.getName().equals("capture")
                  && result instanceof Map<?, ?> captured
                  && shift.test((TokenBatch) arguments[0])) {
                for (Object all : captured.values()) {
                  FloatRows rows = (FloatRows) all;
                  for (int i = 0; i < rows.values().length; i++) {
                    rows.values()[i] += (float) byColumn.applyAsDouble(i % rows.width());
                  }
                }
              }
              return result;
            });
  }

  private static Reading bestReading(
      IntToDoubleFunction byColumn, Predicate<TokenBatch> shift, boolean starts)
      throws IOException {
    HookPoint hook = HookPoint.parse(POST);
    LanguageModel moved = moved(byColumn, shift);
    return SaeCheck.of(
            Reading.asDescribed(read(sae(POST, 0)), new Place(hook, hook, null, false, starts)),
            true,
            new Sample(moved, text, ActivationCapture.Settings.forModel(moved, TOKENS)),
            backend,
            _ -> {})
        .best()
        .reading();
  }

  @Test
  void start_tokens_that_are_left_out_or_too_many_are_found() throws IOException {
    int start = model.tokenizer().documentStart().orElseThrow();
    Predicate<TokenBatch> starts =
        batch -> IntStream.range(0, batch.rows()).anyMatch(row -> batch.id(row) == start);
    IntToDoubleFunction byTurns = column -> column % 2 == 0 ? 3 : -3; // centring does not mend it
    assertThat(bestReading(byTurns, starts.negate(), false).options()).isEqualTo("--bos add");
    assertThat(bestReading(byTurns, starts, true).options()).isEqualTo("--bos none");
  }

  @Test
  void weights_of_the_model_that_were_centred_are_found() throws IOException {
    Reading best = bestReading(_ -> 5, _ -> true, true);
    assertThat(best.changes()).extracting(Reading.Change::respect).containsExactly("centring");
    assertThat(best.mended("java-gpt2-tiny").origin().centred()).isTrue();
  }

  @Test
  void where_files_do_not_say_where_an_sae_was_trained_it_is_found() throws IOException {
    Path nowhere = folder.resolve("nowhere");
    SaeFiles.save(nowhere, read(sae("blocks.1.hook_mlp_out", 0)));
    Path config = nowhere.resolve("cfg.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\"hook_name\" : \"[^\"]*\",", ""));
    Ended ended = InProcess.in(folder, "check --sae ~nowhere --max-tokens 400");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err()).contains("its files do not say where it was trained");
    assertThat(ended.out()).contains("likely fault: it reads blocks.1.hook_mlp_out; give --hook");
  }

  @Test
  void weights_that_were_never_trained_fit_nothing() throws IOException {
    Random random = new Random(3);
    SaeWeights noise =
        with(
            with(read(sae(POST, 0)), "W_enc", (_, _, _) -> random.nextGaussian()),
            "W_dec",
            (_, _, _) -> random.nextGaussian());
    assertThat(check(noise).verdict()).isEqualTo(Verdict.FITS_NOTHING);
    SaeFiles.save(folder.resolve("noise"), noise);
    Ended ended = InProcess.in(folder, "check --sae ~noise --max-tokens 400 --mend ~nothing");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).contains("it is of another model, or was not trained");
    assertThat(folder.resolve("nothing")).doesNotExist();
  }
}
