package sae4j.evaluation.toy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.activations.ShuffledBatches;
import sae4j.article.SparseAutoEncoder;
import sae4j.saes.Objective;
import sae4j.saes.Sae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.architectures.ReluSae;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// Trains the article's SAE on a toy model's activations, with unit-norm decoder vectors and
/// resampling of dead features: a feature that was silent for a while is given the direction of an
/// example that is reconstructed badly, chosen with probability proportional to the squared error.
/// (Bricken et al. 2023, "Towards Monosemanticity", appendix; here the square of the loss is not
/// needed.) Without it a toy SAE often leaves a true feature to a pair of neighbours.
public final class ToyDictionary {
  private static final double ENCODER_OF_RESAMPLED = 0.2;

  /// How the SAE is trained.
  ///
  /// @param features F
  /// @param l1 λ, a token, on activations scaled to mean norm √D
  /// @param resampleEvery steps between two resamplings, of which the last happens halfway
  public record Settings(
      int features,
      double l1,
      int steps,
      int batch,
      double learningRate,
      int resampleEvery,
      long seed) {
    Settings withSeed(long other) {
      return new Settings(features, l1, steps, batch, learningRate, resampleEvery, other);
    }
  }

  private final Settings settings;
  private final Backend backend;
  private final ReluSae sae;
  private final Adam adam;
  private final RandomGenerator random;
  private final double scale;
  private double recentLoss = Double.NaN;

  private ToyDictionary(ActivationSet activations, Settings settings, Backend backend) {
    this.settings = settings;
    this.backend = backend;
    this.scale = ActivationStatistics.of(activations, activations.rows()).scaleToSqrtWidth();
    this.sae =
        new ReluSae(
            new SparseAutoEncoder(activations.width(), settings.features, backend, settings.seed));
    Tensor decoderFD = sae.parameter("W_dec");
    backend.normaliseRows(decoderFD.storage());
    backend.assign(sae.parameter("W_enc").storage(), backend.transpose(decoderFD.storage()));
    zero(sae.parameter("b_enc"));
    zero(sae.parameter("b_dec"));
    List<Tensor> free = new ArrayList<>(sae.parameters().values());
    free.remove(decoderFD);
    this.adam = new Adam(free, settings.learningRate).withUnitNormRows(decoderFD);
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(settings.seed);
  }

  /// Trains it.
  ///
  /// @param activations the toy model's
  public static ToyDictionary train(ActivationSet activations, Settings settings, Backend backend) {
    ToyDictionary dictionary = new ToyDictionary(activations, settings, backend);
    dictionary.train(new ShuffledBatches(activations, settings.seed));
    return dictionary;
  }

  private void train(ShuffledBatches batches) {
    float[] batchBD = new float[Math.multiplyExact(settings.batch, batches.width())];
    double[] active = new double[settings.features];
    for (int step = 0; step < settings.steps; step++) {
      batches.next(batchBD);
      double left = 2 * (1 - step / (double) settings.steps);
      adam.learningRate(settings.learningRate * Math.min(1, left));
      double loss = backend.step(() -> List.of(learnFrom(batchBD)))[0];
      recentLoss = step == 0 ? loss : 0.99 * recentLoss + 0.01 * loss;
      if (step < settings.steps / 2 && settings.resampleEvery > 0) {
        boolean look = step % settings.resampleEvery >= settings.resampleEvery / 2;
        if (look && step % 10 == 0) {
          countActive(batchBD, active);
        }
        if (step % settings.resampleEvery == settings.resampleEvery - 1) {
          resample(batchBD, active);
          Arrays.fill(active, 0);
        }
      }
    }
  }

  private Tensor learnFrom(float[] rowsBD) {
    Objective objective =
        sae.objective(TrainingBatch.of(batch(rowsBD), settings.l1, sae.dictSize()));
    adam.zeroGradients();
    objective.loss().backward();
    adam.step();
    return objective.loss();
  }

  private Tensor batch(float[] rowsBD) {
    return Tensor.of(backend, settings.batch, sae.activationDim(), rowsBD).times(scale);
  }

  private void countActive(float[] rowsBD, double[] active) {
    double[] counts =
        Tensor.constant(backend, backend.sign(sae.encode(batch(rowsBD)).storage()))
            .columnSums()
            .toDoubles();
    for (int f = 0; f < active.length; f++) {
      active[f] += counts[f];
    }
  }

  /// Gives each silent feature the direction of a badly reconstructed example.
  private void resample(float[] rowsBD, double[] active) {
    int width = sae.activationDim();
    Tensor activationsBD = batch(rowsBD);
    double[] errorB =
        sae.decode(sae.encode(activationsBD)).minus(activationsBD).pow(2).rowSums().toDoubles();
    double[] activations = activationsBD.toDoubles();
    double[] encoderDF = sae.parameter("W_enc").toDoubles();
    double[] decoderFD = sae.parameter("W_dec").toDoubles();
    double[] biasF = sae.parameter("b_enc").toDoubles();
    double encoderNorm = ENCODER_OF_RESAMPLED * meanNormOfActive(encoderDF, active, width);
    boolean changed = false;
    for (int f = 0; f < active.length; f++) {
      if (active[f] > 0) {
        continue;
      }
      int b = drawProportionally(errorB);
      double norm = Math.sqrt(squaredNorm(activations, b * width, width));
      if (norm == 0) {
        continue;
      }
      for (int d = 0; d < width; d++) {
        double direction = activations[b * width + d] / norm;
        decoderFD[f * width + d] = direction;
        encoderDF[d * active.length + f] = direction * encoderNorm;
      }
      biasF[f] = 0;
      errorB[b] = 0; // the next silent feature looks elsewhere
      forgetMoments(f);
      changed = true;
    }
    if (changed) {
      assign(sae.parameter("W_enc"), encoderDF);
      assign(sae.parameter("W_dec"), decoderFD);
      assign(sae.parameter("b_enc"), biasF);
    }
  }

  private static double meanNormOfActive(double[] encoderDF, double[] active, int width) {
    double total = 0;
    int count = 0;
    for (int f = 0; f < active.length; f++) {
      if (active[f] > 0) {
        double square = 0;
        for (int d = 0; d < width; d++) {
          square += encoderDF[d * active.length + f] * encoderDF[d * active.length + f];
        }
        total += Math.sqrt(square);
        count++;
      }
    }
    return count == 0 ? 1 / ENCODER_OF_RESAMPLED : total / count;
  }

  private int drawProportionally(double[] weight) {
    double left = random.nextDouble() * Arrays.stream(weight).sum();
    for (int b = 0; b < weight.length; b++) {
      left -= weight[b];
      if (left < 0) {
        return b;
      }
    }
    return weight.length - 1;
  }

  private static double squaredNorm(double[] values, int from, int count) {
    double square = 0;
    for (int i = from; i < from + count; i++) {
      square += values[i] * values[i];
    }
    return square;
  }

  /// Adam's means of a feature that no longer exists would push its successor about.
  private void forgetMoments(int feature) {
    for (String name : List.of("W_enc", "b_enc")) {
      forget(adam.moments(sae.parameter(name)).first(), feature, true);
      forget(adam.moments(sae.parameter(name)).second(), feature, true);
    }
    forget(adam.moments(sae.parameter("W_dec")).first(), feature, false);
    forget(adam.moments(sae.parameter("W_dec")).second(), feature, false);
  }

  private void forget(Tensor moment, int feature, boolean column) {
    double[] values = moment.toDoubles();
    int columns = moment.columns();
    for (int i = 0; i < values.length; i++) {
      if ((column ? i % columns : i / columns) == feature) {
        values[i] = 0;
      }
    }
    assign(moment, values);
  }

  private void zero(Tensor parameter) {
    assign(parameter, new double[parameter.rows() * parameter.columns()]);
  }

  private void assign(Tensor parameter, double[] values) {
    Storage source = backend.upload(parameter.rows(), parameter.columns(), values);
    backend.assign(parameter.storage(), source);
  }

  /// The SAE, in the units of the activations times [#scale].
  public Sae sae() {
    return sae;
  }

  /// What activations are multiplied with before they reach the SAE.
  public double scale() {
    return scale;
  }

  /// The training loss, averaged over the last hundred steps or so: what to choose by among several
  /// runs, since it needs no truth.
  public double recentLoss() {
    return recentLoss;
  }

  /// The learned directions.
  ///
  /// @return F×D, row-major, rows of length 1
  public double[] decoderFD() {
    return sae.parameter("W_dec").toDoubles();
  }
}
