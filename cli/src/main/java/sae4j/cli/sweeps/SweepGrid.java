// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.sweeps;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.StepOptions;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.SettingException;
import sae4j.training.TrainingOptions;

/// The options of a sweep that say which SAEs are trained: architectures times sparsities.
final class SweepGrid {
  private static final String TARGET_L0 = "--target-l0";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--architectures",
      paramLabel = "NAME",
      converter = ArchitectureName.OfOneHook.class,
      split = ",",
      defaultValue = "relu,gated,topk,batchtopk,jumprelu",
      description = "Architectures, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<String> architectures = new ArrayList<>();

  @Option(
      names = TARGET_L0,
      paramLabel = "N",
      converter = Numbers.Positive.class,
      split = ",",
      description =
          "Target L0s, separated by commas: one SAE of each architecture for each of them."
              + " Architectures with a fixed k take the target as k (default, if neither --k nor"
              + " --l1 is given: 8,16,32,64,128).")
  private @Nullable List<Integer> l0;

  @Option(
      names = "--k",
      paramLabel = "K",
      converter = Numbers.Positive.class,
      split = ",",
      description = "For architectures with a fixed k: values of k, instead of target L0s.")
  private @Nullable List<Integer> k;

  @Option(
      names = "--l1",
      paramLabel = "X",
      converter = Numbers.NotNegativeReal.class,
      split = ",",
      description =
          "For architectures with a sparsity penalty: values of its weight λ, instead of target"
              + " L0s.")
  private @Nullable List<Double> l1;

  @Option(
      names = "--features",
      paramLabel = "F",
      converter = Numbers.Positive.class,
      defaultValue = "1024",
      description = "Size of every dictionary (default: ${DEFAULT-VALUE}).")
  private int features;

  @Mixin private StepOptions training = new StepOptions(2000, 512, 0.002);

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description =
          "A setting, for those of the architectures that have it; sae train --help lists them."
              + " Repeatable.")
  private Map<String, String> settings = new TreeMap<>();

  /// Checks the options together.
  ///
  /// @throws ParameterException naming the option and its value, if one cannot be
  void check(Given given) {
    Applicability.table()
        .only(
            new Condition(
                line -> any(each -> each.settings().contains(Setting.K)),
                "none of %s has a fixed k; leave it out".formatted(architectures)),
            "--k")
        .only(
            new Condition(
                line -> any(each -> !each.settings().contains(Setting.K)),
                "none of %s has a sparsity penalty; leave it out".formatted(architectures)),
            "--l1")
        .check(given);
    cells();
  }

  private boolean any(Predicate<Architecture> which) {
    return architectures.stream().map(Architectures::named).anyMatch(which);
  }

  /// The SAEs, architecture by architecture, from sparse to dense.
  ///
  /// @throws ParameterException naming the option and its value, if one cannot be
  List<SweepCell> cells() {
    require(l0 == null || (k == null && l1 == null), TARGET_L0, l0, "leave out --k and --l1 then");
    requireSettings();
    List<SweepCell> cells = new ArrayList<>();
    for (String name : architectures) {
      Architecture architecture = Architectures.named(name);
      if (architecture.settings().contains(Setting.K)) {
        sparsities(k, "--k", name).forEach(value -> cells.add(withK(architecture, value)));
      } else if (l1 != null) {
        l1.forEach(value -> cells.add(withPenalty(architecture, value)));
      } else {
        sparsities(null, "--l1", name).forEach(value -> cells.add(withL0(architecture, value)));
      }
    }
    require(
        cells.stream().map(SweepCell::name).distinct().count() == cells.size(),
        "--architectures",
        String.join(",", architectures),
        "name each architecture and each sparsity once");
    return cells;
  }

  /// A setting that no architecture of the grid has would change nothing, in silence.
  private void requireSettings() {
    for (Setting own : List.of(Setting.K, Setting.SPARSITY_TARGET)) {
      require(
          !settings.containsKey(own.name()),
          "--set",
          own.name() + "=" + settings.get(own.name()),
          "a sweep sets it for each of its SAEs; give --k or %s".formatted(TARGET_L0));
    }
    settings.forEach(
        (name, value) ->
            require(
                architectures.stream().anyMatch(each -> has(Architectures.named(each), name)),
                "--set",
                name + "=" + value,
                "none of %s has a setting of that name; they have %s"
                    .formatted(
                        String.join(", ", architectures),
                        String.join(
                            ", ",
                            architectures.stream()
                                .flatMap(each -> Architectures.named(each).settings().stream())
                                .map(Setting::name)
                                .distinct()
                                .sorted()
                                .toList()))));
  }

  private static boolean has(Architecture architecture, String setting) {
    return architecture.settings().stream().anyMatch(each -> each.name().equals(setting));
  }

  private List<Integer> sparsities(
      @Nullable List<Integer> own, String option, String architecture) {
    List<Integer> chosen = own != null ? own : l0;
    if (chosen == null && (k != null || l1 != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is missing for %s; give it beside %s, or %s instead"
              .formatted(option, architecture, k != null ? "--k" : "--l1", TARGET_L0));
    }
    List<Integer> values = chosen == null ? List.of(8, 16, 32, 64, 128) : chosen;
    for (int value : values) {
      require(
          value >= 1 && value <= features,
          own == null ? TARGET_L0 : option,
          value,
          "it must be from 1 to the number of features, " + features);
    }
    return values;
  }

  private SweepCell withK(Architecture architecture, int value) {
    SaeOptions sae = sae(architecture, Map.of(Setting.K.name(), Integer.toString(value)));
    return new SweepCell(options(sae).build(), "k=" + value);
  }

  private SweepCell withPenalty(Architecture architecture, double value) {
    return new SweepCell(options(sae(architecture, Map.of())).l1(value).build(), "l1=" + value);
  }

  private SweepCell withL0(Architecture architecture, int value) {
    return new SweepCell(
        options(sae(architecture, Map.of())).targetL0(value).build(), "l0=" + value);
  }

  private TrainingOptions.Builder options(SaeOptions sae) {
    return TrainingOptions.builder(sae)
        .steps(training.steps())
        .batch(training.batch())
        .learningRate(training.learningRate())
        .learningRateDecaySteps(training.steps() / 5)
        .seed(training.seed());
  }

  private SaeOptions sae(Architecture architecture, Map<String, String> chosen) {
    Map<String, String> all = new TreeMap<>(chosen);
    settings.forEach(
        (name, value) -> {
          if (has(architecture, name)) {
            all.put(name, value);
          }
        });
    try {
      SaeOptions options = new SaeOptions(architecture.name(), features, all);
      architecture.check(options);
      return options;
    } catch (SettingException cannotBe) {
      throw Refusal.ofSetting(cannotBe, spec, settings);
    }
  }

  private void require(boolean holds, String option, @Nullable Object value, String remedy) {
    Refusal.unless(holds, spec, option, String.valueOf(value), remedy);
  }
}
