// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import static sae4j.cli.options.rules.Condition.choice;
import static sae4j.cli.options.rules.Condition.with;
import static sae4j.cli.options.rules.Condition.without;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.Setting;
import sae4j.saes.parts.Selection;
import sae4j.saes.parts.Sparsifier;
import sae4j.training.InputNormalisation;

/// Which options of a training run have an effect under which choice.
final class TrainingRules {
  private static final String ARCHITECTURE = "--architecture";
  private static final String SET = "--set";

  /// Of each SAE, the first and the further ones.
  private static final Applicability OF_AN_SAE =
      Applicability.table()
          .only(
              new Condition(
                  given -> fixesActiveFeatures(given) || !choosesActivation(given),
                  "it needs --set activation=topk"),
              "--k")
          .only(
              new Condition(
                  TrainingRules::fixesActiveFeatures,
                  "it needs an architecture with a fixed k: " + names(TrainingRules::hasK)),
              "--k")
          .only(
              new Condition(
                  given -> !hasK(architecture(given)),
                  "it needs an architecture without a fixed k: " + names(each -> !hasK(each))),
              "--target-l0")
          .only(
              new Condition(
                  given -> !fixesActiveFeatures(given),
                  "it needs an architecture with a sparsity penalty: "
                      + names(each -> !hasK(each))),
              "--l1",
              "--l1-warmup",
              "--l1-end")
          .only(
              new Condition(
                  given -> !(aims(given) && chosenNumber(given, "--target-l0") != 0),
                  "leave it out: with --target-l0 the architecture weighs its penalty by the"
                      + " variance of the activations"),
              "--l1")
          .only(
              new Condition(
                  given -> aims(given) || chosenNumber(given, "--l1") != 0,
                  "it has no effect with --l1 0"),
              "--l1-warmup",
              "--l1-end",
              "--target-l0")
          .only(
              new Condition(
                  given -> architecture(given).reconstructsInput(),
                  "encoder and decoder of a transcoder belong to two hook points; leave it out"),
              "--tied-encoder")
          .only(
              new Condition(
                  given -> architecture(given).hasEncoder(),
                  "the architecture has no encoder; leave it out"),
              "--tied-encoder")
          .only(
              new Condition(
                  given -> architecture(given).reconstructsInput(),
                  "a transcoder is not resampled; use --set aux-k"),
              "--resample")
          .only(choice("--lr-schedule", "restarts"), "--lr-cycles")
          .only(
              without("--init-from"),
              "--decoder-init",
              "--decoder-norm",
              "--tied-encoder",
              "--decoder-bias")
          .only(
              new Condition(
                  given ->
                      given.word("--unit-norm-decoder").equals("false")
                          || given.chosen("--tied-encoder"),
                  "it needs --no-unit-norm-decoder or --tied-encoder: else every vector is brought"
                      + " to norm 1"),
              "--decoder-norm");

  /// Of the run as a whole.
  private static final Applicability OF_THE_RUN =
      Applicability.table()
          .only(without("--model", "--text"), "--activations")
          .only(with("--activations"), "--tensor")
          .only(
              with("--model", "--text"),
              "--documents",
              "--context",
              "--buffer",
              "--bos",
              "--device")
          .and(TextOption.OF_A_TEXT)
          .only(choice("--objective", "local"), "--buffer")
          .only(choice("--objective", "e2e", "e2e-downstream"), "--kl-weight", "--local-weight")
          .only(choice("--objective", "e2e-downstream"), "--downstream", "--downstream-weight");

  /// Settings of an architecture that only one choice of another setting uses.
  private static final Map<String, List<String>> SETTINGS_OF_A_CHOICE =
      Map.of(
          "jumprelu sparsity=tanh", List.of("tanh-scale"),
          "transcoder activation=topk", List.of("k", "aux-k", "aux-coefficient"),
          "transcoder activation=relu", List.of("penalty"),
          "transcoder activation=jumprelu", List.of("bandwidth", "initial-threshold"));

  private TrainingRules() {}

  /// Checks the options of an SAE.
  ///
  /// @throws ParameterException naming the option that has no effect or cannot be
  static void checkSae(Given given, Map<String, String> settings) {
    OF_AN_SAE.check(given);
    given.require(
        architecture(given).reconstructsInput()
            || !InputNormalisation.labelled(given.word("--normalise")).perToken(),
        "--normalise",
        given.word("--normalise"),
        "it would be undone at another hook point; choose none or expected-average");
    given.require(
        !given.typed("--k") || !settings.containsKey(Setting.K.name()),
        "--k",
        given.word("--k"),
        "--set k is given too; give one of them");
    given.require(
        chosenNumber(given, "--target-l0") == 0
            || !aims(given)
            || !settings.containsKey(Setting.SPARSITY_TARGET.name()),
        SET,
        Setting.SPARSITY_TARGET.name() + "=" + settings.get(Setting.SPARSITY_TARGET.name()),
        "--target-l0 is given too; give one of them");
    for (String steps :
        List.of("--lr-warmup", "--lr-decay", "--lr-cycles", "--l1-warmup", "--resample")) {
      given.require(
          !given.typed(steps)
              || Long.parseLong(given.word(steps)) <= Long.parseLong(given.word("--steps")),
          steps,
          given.word(steps),
          "the run has --steps " + given.word("--steps"));
    }
    given.require(
        !settings.containsKey(Setting.AUX_K.name())
            || !isZero(settings.get(Setting.AUX_COEFFICIENT.name())),
        SET,
        Setting.AUX_K.name() + "=" + settings.get(Setting.AUX_K.name()),
        "it has no effect with --set %s=0".formatted(Setting.AUX_COEFFICIENT.name()));
    SETTINGS_OF_A_CHOICE.forEach(
        (choice, names) -> requireChosen(given, settings, choice.split("[ =]", -1), names));
    if (given.chosen("--features")) {
      requireReachable(given, Long.parseLong(given.word("--features")));
    }
  }

  /// Checks that an L0 can be reached with so many features.
  static void requireReachable(Given given, long features) {
    given.require(
        chosenNumber(given, "--target-l0") <= features,
        "--target-l0",
        given.word("--target-l0"),
        "it must be at most the number of features, " + features);
    given.require(
        !given.chosen("--k")
            || !fixesActiveFeatures(given)
            || Long.parseLong(given.word("--k")) <= features,
        "--k",
        given.word("--k"),
        "it must be from 1 to the number of features, " + features);
  }

  /// Checks what the SAEs of a run have in common.
  ///
  /// @throws ParameterException naming the option that has no effect or cannot be
  static void checkRun(Given given) {
    OF_THE_RUN.check(given);
    boolean local = given.word("--objective").equals("local");
    given.require(
        local || given.chosen("--model") || given.chosen("--text"),
        "--objective",
        given.word("--objective"),
        "it needs the language model; give --model instead of --activations");
    given.require(
        local || !given.chosen("--also"),
        "--objective",
        given.word("--objective"),
        "it trains one SAE at a time; leave out --also");
    given.require(
        local || architecture(given).reconstructsInput(),
        "--objective",
        given.word("--objective"),
        "it takes the reconstruction for what was read; a transcoder predicts another hook point");
  }

  private static void requireChosen(
      Given given, Map<String, String> settings, String[] choice, List<String> names) {
    if (!given.word(ARCHITECTURE).equals(choice[0])) {
      return;
    }
    String standard =
        architecture(given).settings().stream()
            .filter(each -> each.name().equals(choice[1]))
            .findFirst()
            .orElseThrow()
            .standard();
    boolean made = settings.getOrDefault(choice[1], standard).equals(choice[2]);
    for (String name : names) {
      given.require(
          made || !settings.containsKey(name),
          SET,
          name + "=" + settings.get(name),
          "it needs --set %s=%s".formatted(choice[1], choice[2]));
    }
  }

  /// Whether a setting was given that is 0; one that is no number is refused elsewhere.
  private static boolean isZero(@Nullable String setting) {
    return setting != null && setting.matches("[+-]?0*\\.?0+([eE][+-]?\\d+)?");
  }

  /// Whether the user chose an activation function where there are several.
  private static boolean choosesActivation(Given given) {
    return architecture(given).settings().contains(Sparsifier.ACTIVATION)
        && given.spec().findOption(SET).getValue() instanceof Map<?, ?> settings
        && settings.containsKey(Sparsifier.ACTIVATION.name());
  }

  private static double chosenNumber(Given given, String option) {
    return Double.parseDouble(given.word(option));
  }

  private static Architecture architecture(Given given) {
    return Architectures.named(given.word(ARCHITECTURE));
  }

  private static boolean aims(Given given) {
    return architecture(given).settings().contains(Setting.SPARSITY_TARGET);
  }

  private static boolean hasK(Architecture architecture) {
    return architecture.settings().contains(Setting.K);
  }

  /// A transcoder has a k, but need not use it.
  private static boolean fixesActiveFeatures(Given given) {
    Architecture architecture = architecture(given);
    boolean choosesAnother =
        architecture.settings().contains(Sparsifier.ACTIVATION)
            && given.spec().findOption(SET).getValue() instanceof Map<?, ?> settings
            && settings.containsKey(Sparsifier.ACTIVATION.name())
            && Selection.named(String.valueOf(settings.get(Sparsifier.ACTIVATION.name())))
                .isEmpty();
    return hasK(architecture) && !choosesAnother;
  }

  private static String names(Predicate<Architecture> which) {
    return ArchitectureName.all().stream()
        .filter(which)
        .map(Architecture::name)
        .collect(Collectors.joining(", "));
  }
}
