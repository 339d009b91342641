package sae4j.cli.runs;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.options.Parameters;
import sae4j.training.Initialisation;
import sae4j.training.InputNormalisation;
import sae4j.training.TrainingOptions;
import sae4j.training.dead.DeadFeatures;
import sae4j.training.schedules.Optimisation;
import sae4j.training.schedules.Schedule.Shape;
import sae4j.training.schedules.Sparsity;

/// The options of a training run that most runs leave alone; each is explained in
/// `docs/training.md`.
final class SchemeParameters {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--normalise",
      paramLabel = "MODE",
      defaultValue = "expected-average",
      description =
          "What is done to activations before the SAE reads them: none; expected-average (one"
              + " factor that brings the mean norm to √D, undone in the saved weights); layer-norm"
              + " or constant-norm (each token by itself, also when the SAE is used) (default:"
              + " ${DEFAULT-VALUE}).")
  private String normalise = "expected-average";

  @Option(
      names = "--decoder-init",
      paramLabel = "KIND",
      defaultValue = "architecture",
      description =
          "How decoder rows begin: architecture, unit (on the unit sphere) or kaiming (default:"
              + " ${DEFAULT-VALUE}).")
  private String decoderInit = "architecture";

  @Option(
      names = "--decoder-norm",
      paramLabel = "X",
      defaultValue = "0",
      description = "Length of the decoder rows at the start, 0 for as they are drawn.")
  private double decoderNorm;

  @Option(
      names = "--tied-encoder",
      description = "Let the encoder begin as the decoder's transpose.")
  private boolean tiedEncoder;

  @Option(
      names = "--decoder-bias",
      paramLabel = "KIND",
      defaultValue = "architecture",
      description =
          "Where b_dec begins: architecture, zero, mean or median (the geometric median of a"
              + " sample) (default: ${DEFAULT-VALUE}).")
  private String decoderBias = "architecture";

  @Option(
      names = "--l1-end",
      paramLabel = "FACTOR",
      defaultValue = "1",
      description =
          "λ moves linearly to so many times itself over the run (default: 1, no change).")
  private double l1End;

  @Option(
      names = "--target-l0",
      paramLabel = "L0",
      defaultValue = "0",
      description =
          "Let so many features a token be active: jumprelu penalises their distance from it, for"
              + " others a controller moves λ, and --l1 is where it begins. For architectures whose"
              + " k does not fix it (default: 0, as λ will have it).")
  private double targetL0;

  @Option(
      names = "--lr-schedule",
      paramLabel = "SHAPE",
      defaultValue = "constant",
      description =
          "The learning rate between warm-up and decay: constant, linear, cosine or restarts, the"
              + " last three down to a tenth (default: ${DEFAULT-VALUE}).")
  private String shape = "constant";

  @Option(
      names = "--lr-cycles",
      paramLabel = "N",
      defaultValue = "4",
      description = "Cycles of --lr-schedule restarts (default: ${DEFAULT-VALUE}).")
  private int cycles;

  @Option(
      names = "--adam-beta1",
      paramLabel = "X",
      defaultValue = "0.9",
      description = "Decay of Adam's first moment (default: ${DEFAULT-VALUE}).")
  private double beta1;

  @Option(
      names = "--adam-beta2",
      paramLabel = "X",
      defaultValue = "0.999",
      description = "Decay of Adam's second moment (default: ${DEFAULT-VALUE}).")
  private double beta2;

  @Option(
      names = "--adam-epsilon",
      paramLabel = "X",
      defaultValue = "1e-8",
      description = "Adam's ε (default: ${DEFAULT-VALUE}).")
  private double epsilon;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      defaultValue = "0",
      description = "Scale gradients of a greater norm down to this one (default: 0, never).")
  private double clip;

  @Option(
      names = "--average",
      paramLabel = "BETA",
      defaultValue = "0",
      description =
          "Save an exponential moving average of the weights with this decay, 0.999 for example"
              + " (default: 0, the weights themselves).")
  private double average;

  @Option(
      names = "--dead-after",
      paramLabel = "STEPS",
      defaultValue = "1000",
      description =
          "Steps without activity after which a feature is dead (default: ${DEFAULT-VALUE}).")
  private long deadAfter;

  @Option(
      names = "--resample",
      paramLabel = "STEPS",
      defaultValue = "0",
      description =
          "Give dead features a new life on badly reconstructed tokens, once in so many steps"
              + " (default: 0, never).")
  private long resample;

  /// Puts these options among others.
  ///
  /// @throws picocli.CommandLine.ParameterException naming the option and its value, if one cannot
  ///     be
  TrainingOptions on(TrainingOptions.Builder others) {
    oneOf("--normalise", normalise, InputNormalisation.labels());
    oneOf("--decoder-init", decoderInit, Initialisation.Decoder.labels());
    oneOf("--decoder-bias", decoderBias, Initialisation.Bias.labels());
    oneOf("--lr-schedule", shape, Shape.labels());
    atLeast0("--decoder-norm", decoderNorm);
    atLeast0("--l1-end", l1End);
    atLeast0("--target-l0", targetL0);
    atLeast0("--clip", clip);
    require(cycles >= 1, "--lr-cycles", cycles, "it must be 1 or more");
    fraction("--adam-beta1", beta1);
    fraction("--adam-beta2", beta2);
    fraction("--average", average);
    require(
        Double.isFinite(epsilon) && epsilon > 0, "--adam-epsilon", epsilon, "it must be above 0");
    require(deadAfter >= 1, "--dead-after", deadAfter, "it must be 1 or more");
    require(resample >= 0, "--resample", resample, "it must be 0 or more");
    TrainingOptions options = others.build();
    Optimisation adam = options.optimisation();
    Sparsity sparsity = options.sparsity();
    return others
        .normalisation(InputNormalisation.labelled(normalise))
        .initialisation(
            new Initialisation(
                Initialisation.Decoder.valueOf(decoderInit.toUpperCase(Locale.ROOT)),
                decoderNorm,
                tiedEncoder,
                Initialisation.Bias.valueOf(decoderBias.toUpperCase(Locale.ROOT))))
        .sparsity(new Sparsity(sparsity.l1(), sparsity.warmupSteps(), l1End, targetL0))
        .optimisation(
            new Optimisation(
                adam.learningRate(),
                adam.warmupSteps(),
                adam.decaySteps(),
                Shape.valueOf(shape.toUpperCase(Locale.ROOT)),
                cycles,
                beta1,
                beta2,
                epsilon,
                clip,
                average))
        .deadFeatures(new DeadFeatures(deadAfter, resample))
        .build();
  }

  private void oneOf(String option, String value, List<String> choices) {
    require(choices.contains(value), option, value, "choose " + String.join(", ", choices));
  }

  private void atLeast0(String option, double value) {
    require(Double.isFinite(value) && value >= 0, option, value, "it must be 0 or more");
  }

  private void fraction(String option, double value) {
    require(value >= 0 && value < 1, option, value, "it must be from 0 to below 1");
  }

  private void require(boolean holds, String option, Object value, String remedy) {
    Parameters.require(spec, holds, option, value, remedy);
  }
}
