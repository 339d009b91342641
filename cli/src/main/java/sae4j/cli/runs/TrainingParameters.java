// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.StepOptions;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.saes.Architectures;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.SettingException;
import sae4j.training.TrainingOptions;

/// The options that decide a training run, each checked against what it can be.
final class TrainingParameters {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private SchemeParameters schemes = new SchemeParameters();

  @Option(
      names = "--architecture",
      paramLabel = "NAME",
      converter = ArchitectureName.class,
      defaultValue = "relu",
      completionCandidates = ArchitectureName.All.class,
      description = "The architecture: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private String architecture = "relu";

  @Option(
      names = "--features",
      paramLabel = "F",
      converter = Numbers.Positive.class,
      description = "Size of the dictionary. Give it or --expansion.")
  private @Nullable Integer features;

  @Option(
      names = "--expansion",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      description =
          "Size of the dictionary as a multiple of the width of the activations, instead of"
              + " --features.")
  private @Nullable Integer expansion;

  @Option(
      names = "--k",
      paramLabel = "K",
      converter = Numbers.Positive.class,
      description =
          "Active features on each token, for architectures with a fixed k (default: 32).")
  private @Nullable Integer k;

  @Option(
      names = "--set",
      split = " ",
      paramLabel = "NAME=VALUE",
      description = "A setting of the architecture; they are listed below. Repeatable.")
  private Map<String, String> settings = new TreeMap<>();

  @Option(
      names = "--l1",
      paramLabel = "X",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "1.8",
      description =
          "Weight λ of the sparsity penalty: loss = mean ‖x̂ − x‖² + λ · mean Σ z, with both means"
              + " over the tokens of the batch. The article sums the penalty over the batch of B"
              + " tokens, so its coefficient is λ/B (default: ${DEFAULT-VALUE}).")
  private double l1;

  @Option(
      names = "--l1-warmup",
      paramLabel = "STEPS",
      converter = Numbers.NotNegativeLong.class,
      defaultValue = "0",
      description = "Steps over which λ rises from 0 (default: ${DEFAULT-VALUE}).")
  private long l1Warmup;

  @Mixin private StepOptions training = new StepOptions(1000, 512, 0.003);

  @Option(
      names = "--lr-warmup",
      paramLabel = "STEPS",
      converter = Numbers.NotNegativeLong.class,
      defaultValue = "0",
      description = "Steps over which the learning rate rises from 0 (default: ${DEFAULT-VALUE}).")
  private long learningRateWarmup;

  @Option(
      names = "--lr-decay",
      paramLabel = "STEPS",
      converter = Numbers.NotNegativeLong.class,
      defaultValue = "0",
      description =
          "Last steps of the run, over which the learning rate falls to a tenth (default:"
              + " ${DEFAULT-VALUE}).")
  private long learningRateDecay;

  @Option(
      names = "--unit-norm-decoder",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Keep the norm of every decoder vector at 1 (default: ${DEFAULT-VALUE}). With"
              + " --no-unit-norm-decoder the norms are free.")
  private boolean unitNormDecoder;

  /// The architecture's name.
  String architecture() {
    return architecture;
  }

  /// B, before the width of the activations is known.
  int batch() {
    return training.batch();
  }

  /// The seed.
  long seed() {
    return training.seed();
  }

  /// The settings of the architecture that were given.
  Map<String, String> settings() {
    return settings;
  }

  /// Checks that the size of the dictionary was given once.
  void requireSize() {
    dictionarySize(1);
    if (features != null) {
      saeOptions(features);
    }
  }

  /// The options of a run on activations of a width.
  ///
  /// @param width D
  /// @throws ParameterException naming the option and its value, if one cannot be
  TrainingOptions options(int width) {
    int dictionary = dictionarySize(width);
    Given given = new Given(spec);
    TrainingRules.requireReachable(given, dictionary);
    given.requireArray(
        features == null ? "--expansion" : "--features",
        features == null ? Objects.requireNonNull(expansion) : features,
        "the width",
        features == null ? (long) width * width : width);
    SaeOptions sae = saeOptions(dictionary);
    TrainingOptions.Builder options =
        TrainingOptions.builder(sae)
            .l1(l1)
            .l1WarmupSteps(l1Warmup)
            .steps(training.steps())
            .batch(training.batch())
            .learningRate(training.learningRate())
            .learningRateWarmupSteps(learningRateWarmup)
            .learningRateDecaySteps(learningRateDecay)
            .unitNormDecoder(unitNormDecoder)
            .seed(training.seed());
    return schemes.on(options);
  }

  private SaeOptions saeOptions(int dictionary) {
    Map<String, String> chosen = new TreeMap<>(settings);
    // of another architecture where a further SAE has it from the first
    if (k != null && Architectures.named(architecture).settings().contains(Setting.K)) {
      chosen.put(Setting.K.name(), k.toString());
    }
    try {
      SaeOptions options = new SaeOptions(architecture, dictionary, chosen);
      Architectures.named(architecture).check(options);
      return options;
    } catch (SettingException cannotBe) {
      throw Refusal.ofSetting(cannotBe, spec, settings);
    }
  }

  private int dictionarySize(int width) {
    if ((features == null) == (expansion == null)) {
      throw new ParameterException(
          spec.commandLine(),
          features == null
              ? "the size of the dictionary is missing; give --features F or --expansion N"
              : "--features and --expansion exclude each other; give one of them");
    }
    if (features != null) {
      return features;
    }
    int times = expansion == null ? 0 : expansion;
    require(
        (long) times * width <= Integer.MAX_VALUE,
        "--expansion",
        times,
        "it must be 1 or more, and the dictionary below 2³¹");
    return times * width;
  }

  private void require(boolean holds, String option, Object value, String remedy) {
    Refusal.unless(holds, spec, option, value, remedy);
  }
}
