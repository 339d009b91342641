// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.util.Locale;
import picocli.CommandLine.Option;
import sae4j.cli.options.types.Choice;
import sae4j.cli.options.types.Numbers;
import sae4j.saes.Architectures;
import sae4j.saes.Setting;
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
  @Option(
      names = "--normalise",
      paramLabel = "MODE",
      converter = NormalisationName.class,
      defaultValue = "expected-average",
      description =
          "How activations are normalised before the SAE reads them. none: not at all."
              + " expected-average: one factor brings their mean norm to √D, and the saved weights"
              + " undo it. layer-norm and constant-norm: each token by itself, also when the SAE is"
              + " used (default: ${DEFAULT-VALUE}).")
  private String normalise = "expected-average";

  @Option(
      names = "--decoder-init",
      paramLabel = "KIND",
      converter = DecoderName.class,
      defaultValue = "architecture",
      description =
          "How decoder vectors are drawn: architecture (as the architecture does), unit (on the"
              + " unit sphere) or kaiming (default: ${DEFAULT-VALUE}).")
  private String decoderInit = "architecture";

  @Option(
      names = "--decoder-norm",
      paramLabel = "X",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "0",
      description = "Norm of the decoder vectors at the start (default: 0, as they are drawn).")
  private double decoderNorm;

  @Option(
      names = "--tied-encoder",
      description = "Initialise the encoder with the transpose of the decoder.")
  private boolean tiedEncoder;

  @Option(
      names = "--decoder-bias",
      paramLabel = "KIND",
      converter = BiasName.class,
      defaultValue = "architecture",
      description =
          "Initial decoder bias: architecture (as the architecture has it), zero, mean or median"
              + " (the geometric median of a sample of activations) (default: ${DEFAULT-VALUE}).")
  private String decoderBias = "architecture";

  @Option(
      names = "--l1-end",
      paramLabel = "FACTOR",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "1",
      description =
          "λ at the end of the run, as a multiple of λ at its start. The change is linear (default:"
              + " 1, no change).")
  private double l1End;

  @Option(
      names = "--target-l0",
      paramLabel = "L0",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "0",
      description =
          "Target L0: the mean number of active features per token. jumprelu reaches it with a"
              + " penalty. The other architectures adapt λ, starting from --l1. Not for"
              + " architectures with a fixed k (default: 0, no target).")
  private double targetL0;

  @Option(
      names = "--lr-schedule",
      paramLabel = "SHAPE",
      converter = ShapeName.class,
      defaultValue = "constant",
      description =
          "The learning rate between warm-up and decay: constant, linear, cosine or restarts. The"
              + " last three fall to a tenth (default: ${DEFAULT-VALUE}).")
  private String shape = "constant";

  @Option(
      names = "--lr-cycles",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      defaultValue = "4",
      description = "Cycles of --lr-schedule restarts (default: ${DEFAULT-VALUE}).")
  private int cycles;

  @Option(
      names = "--adam-beta1",
      paramLabel = "X",
      converter = Numbers.Decay.class,
      defaultValue = "0.9",
      description = "Decay of Adam's first moment (default: ${DEFAULT-VALUE}).")
  private double beta1;

  @Option(
      names = "--adam-beta2",
      paramLabel = "X",
      converter = Numbers.Decay.class,
      defaultValue = "0.999",
      description = "Decay of Adam's second moment (default: ${DEFAULT-VALUE}).")
  private double beta2;

  @Option(
      names = "--adam-epsilon",
      paramLabel = "X",
      converter = Numbers.PositiveReal.class,
      defaultValue = "1e-8",
      description = "Adam's ε (default: ${DEFAULT-VALUE}).")
  private double epsilon;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "0",
      description =
          "Largest norm of the gradient. A longer one is scaled down (default: 0, no limit).")
  private double clip;

  @Option(
      names = "--average",
      paramLabel = "BETA",
      converter = Numbers.Decay.class,
      defaultValue = "0",
      description =
          "Decay of an exponential moving average of the weights, which is saved in their place:"
              + " 0.999, for example (default: 0, no average).")
  private double average;

  @Option(
      names = "--dead-after",
      paramLabel = "STEPS",
      converter = Numbers.PositiveLong.class,
      defaultValue = "1000",
      description =
          "Steps without activity after which a feature counts as dead (default:"
              + " ${DEFAULT-VALUE}).")
  private long deadAfter;

  @Option(
      names = "--resample",
      paramLabel = "STEPS",
      converter = Numbers.NotNegativeLong.class,
      defaultValue = "0",
      description =
          "Resample dead features every so many steps: they begin anew on badly reconstructed"
              + " tokens (default: 0, never).")
  private long resample;

  /// Puts these options among others.
  TrainingOptions on(TrainingOptions.Builder others) {
    TrainingOptions options = others.build();
    // a further SAE may have a target from the first, and a k that leaves nothing to aim at
    boolean aims =
        !Architectures.named(options.sae().architecture()).settings().contains(Setting.K);
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
        .sparsity(new Sparsity(sparsity.l1(), sparsity.warmupSteps(), l1End, aims ? targetL0 : 0))
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

  /// A normalisation of the activations.
  static final class NormalisationName extends Choice {
    NormalisationName() {
      super(InputNormalisation.labels());
    }
  }

  /// How the decoder begins.
  static final class DecoderName extends Choice {
    DecoderName() {
      super(Initialisation.Decoder.labels());
    }
  }

  /// Where the decoder's bias begins.
  static final class BiasName extends Choice {
    BiasName() {
      super(Initialisation.Bias.labels());
    }
  }

  /// The shape of a schedule.
  static final class ShapeName extends Choice {
    ShapeName() {
      super(Shape.labels());
    }
  }
}
