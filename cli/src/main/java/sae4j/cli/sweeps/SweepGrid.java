package sae4j.cli.sweeps;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.Parameters;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.training.TrainingOptions;

/// The options of a sweep that say which SAEs are trained: architectures times sparsities.
final class SweepGrid {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--architectures",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "relu,gated,topk,batchtopk,jumprelu",
      description = "Which, with commas between (default: ${DEFAULT-VALUE}).")
  private List<String> architectures = new ArrayList<>();

  @Option(
      names = {"--l0", "--target-l0"},
      paramLabel = "N",
      split = ",",
      description =
          "Active features a token, for every architecture: as k where it has one, else as sae"
              + " train --target-l0 (default, where neither --k nor --l1 is given:"
              + " 8,16,32,64,128).")
  private @Nullable List<Integer> l0;

  @Option(
      names = "--k",
      paramLabel = "K",
      split = ",",
      description = "Instead of --l0, for architectures with a k: its values.")
  private @Nullable List<Integer> k;

  @Option(
      names = "--l1",
      paramLabel = "X",
      split = ",",
      description = "Instead of --l0, for architectures with a penalty: values of its weight λ.")
  private @Nullable List<Double> l1;

  @Option(
      names = "--features",
      paramLabel = "F",
      defaultValue = "1024",
      description = "Size of every dictionary (default: ${DEFAULT-VALUE}).")
  private int features;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Training steps of each SAE (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "512",
      description = "Tokens a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      defaultValue = "0.002",
      description =
          "Adam's learning rate; it falls to a tenth over the last fifth (default:"
              + " ${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "A setting, for the architectures that have it.")
  private Map<String, String> settings = new TreeMap<>();

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description =
          "Decides initial weights and the order of the data (default: ${DEFAULT-VALUE}).")
  private long seed;

  /// The SAEs, architecture by architecture, from sparse to dense.
  ///
  /// @throws ParameterException naming the option and its value, if one cannot be
  List<SweepCell> cells() {
    require(features >= 1, "--features", features, "it must be 1 or more");
    require(steps >= 1, "--steps", steps, "it must be 1 or more");
    require(batch >= 1, "--batch", batch, "it must be 1 or more");
    require(
        Double.isFinite(learningRate) && learningRate > 0,
        "--lr",
        learningRate,
        "it must be more than 0");
    require(l0 == null || (k == null && l1 == null), "--l0", l0, "leave out --k and --l1 then");
    for (String name : architectures) {
      require(
          Architectures.names().contains(name),
          "--architectures",
          name,
          "choose from " + String.join(", ", Architectures.names()));
      require(
          Architectures.named(name).reconstructsInput(),
          "--architectures",
          name,
          "leave it out: a transcoder predicts another place, and a sweep has but one");
    }
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
          "%s is missing for %s; give it, or --l0".formatted(option, architecture));
    }
    List<Integer> values = chosen == null ? List.of(8, 16, 32, 64, 128) : chosen;
    for (int value : values) {
      require(
          value >= 1 && value <= features,
          "--l0",
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
    require(Double.isFinite(value) && value >= 0, "--l1", value, "it must be 0 or more");
    return new SweepCell(options(sae(architecture, Map.of())).l1(value).build(), "l1=" + value);
  }

  private SweepCell withL0(Architecture architecture, int value) {
    return new SweepCell(
        options(sae(architecture, Map.of())).targetL0(value).build(), "l0=" + value);
  }

  private TrainingOptions.Builder options(SaeOptions sae) {
    return TrainingOptions.builder(sae)
        .steps(steps)
        .batch(batch)
        .learningRate(learningRate)
        .learningRateDecaySteps(steps / 5)
        .seed(seed);
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
      return new SaeOptions(architecture.name(), features, all);
    } catch (IllegalArgumentException cannotBe) {
      throw new ParameterException(spec.commandLine(), cannotBe.getMessage(), cannotBe);
    }
  }

  private void require(boolean holds, String option, @Nullable Object value, String remedy) {
    Parameters.require(spec, holds, option, String.valueOf(value), remedy);
  }
}
