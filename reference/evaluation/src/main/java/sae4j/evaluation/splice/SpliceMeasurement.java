// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.capture.WindowedText;
import sae4j.activations.text.DocumentSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;
import sae4j.models.predictions.NextTokenDivergence;
import sae4j.models.predictions.NextTokenLoss;
import sae4j.models.predictions.SlicedLogits;
import sae4j.models.predictions.SplicedPass;
import sae4j.saes.Sae;

/// [LossRecovered] while it is measured: the text is read once for the mean of the activations and
/// once for the losses, and sums are kept for each sequence.
final class SpliceMeasurement {
  /// Logits that are in memory together take at most 64 MiB.
  private static final long LOGITS_A_PASS = 1L << 24;

  // The sums over a sequence, by their index in its array.
  private static final int ROWS = 0;
  private static final int ACTIVE = 1;
  private static final int SQUARED_ERROR = 2;
  private static final int SQUARED_DEVIATION = 3;
  private static final int PREDICTIONS = 4;
  private static final int CLEAN = 5;
  private static final int SAE = 6;
  private static final int MEAN = 7;
  private static final int ZERO = 8;
  private static final int KL = 9;
  private static final int SUMS = 10;

  private final LanguageModel model;
  private final HookPoint hook;
  private final HookPoint target;
  private final List<Sae> saes;
  private final double[] meanD;

  /// For each SAE the sums of each sequence.
  private final List<List<double[]>> sequences = new ArrayList<>();

  private long meanRows;

  /// @param hook what the SAEs read
  /// @param target what they reconstruct, and what is replaced
  SpliceMeasurement(LanguageModel model, HookPoint hook, HookPoint target, List<Sae> saes) {
    this.model = model;
    this.hook = hook;
    this.target = target;
    this.saes = saes;
    saes.forEach(sae -> sequences.add(new ArrayList<>()));
    this.meanD = new double[model.width(target)];
  }

  /// Reads the text twice; see [LossRecovered].
  ///
  /// @return what was measured of each SAE
  List<LossRecovered> of(DocumentSource text, Settings settings, LongConsumer progress)
      throws IOException {
    forEachPass(text, settings, progress, this::addToMean);
    endMean(text, settings);
    forEachPass(text, settings, progress, this::addToLosses);
    List<LossRecovered> results = new ArrayList<>();
    for (List<double[]> ofSae : sequences) {
      results.add(result(ofSae, text, settings));
    }
    return results;
  }

  private void forEachPass(
      DocumentSource text, Settings settings, LongConsumer progress, Consumer<SplicedPass> work)
      throws IOException {
    int length = settings.windowLength();
    int batch = (int) Math.max(1, LOGITS_A_PASS / ((long) length * model.vocabularySize()));
    new WindowedText(text, model.tokenizer(), length)
        .forEachBatch(
            batch,
            settings.maxTokens(),
            _ -> {},
            windows -> {
              TokenBatch tokensBT = TokenTable.batch(windows);
              work.accept(new SplicedPass(model, tokensBT, target, List.of(hook), settings.kept()));
              progress.accept(tokensBT.rows());
            });
  }

  private void addToMean(SplicedPass pass) {
    FloatRows activationsND = pass.activationsND();
    for (int i = 0; i < activationsND.rows(); i++) {
      for (int d = 0; d < meanD.length; d++) {
        meanD[d] += activationsND.at(i, d);
      }
    }
    meanRows += activationsND.rows();
  }

  private void endMean(DocumentSource text, Settings settings) {
    if (meanRows == 0) {
      throw new IllegalArgumentException(settings.tooLittle(text));
    }
    for (int d = 0; d < meanD.length; d++) {
      meanD[d] /= meanRows;
    }
  }

  /// The clean and the two ablated passes are the same for all SAEs.
  private void addToLosses(SplicedPass pass) {
    TokenBatch tokensBT = pass.tokens();
    double[][] common = new double[tokensBT.sequences()][SUMS];
    SlicedLogits clean = pass.cleanLogits(LOGITS_A_PASS);
    addLoss(common, CLEAN, clean, tokensBT);
    FloatRows ablatedND = FloatRows.zeros(pass.count(), meanD.length);
    addLoss(common, ZERO, logits(pass, ablatedND), tokensBT);
    for (int i = 0; i < ablatedND.values().length; i++) {
      ablatedND.values()[i] = (float) meanD[i % meanD.length];
    }
    addLoss(common, MEAN, logits(pass, ablatedND), tokensBT);
    for (int i = 0; i < saes.size(); i++) {
      double[][] sums = Arrays.stream(common).map(double[]::clone).toArray(double[][]::new);
      SlicedLogits spliced = logits(pass, reconstruction(saes.get(i), sums, pass));
      addLoss(sums, SAE, spliced, tokensBT);
      addDivergence(sums, clean, spliced, tokensBT);
      sequences.get(i).addAll(List.of(sums));
    }
  }

  /// @throws IllegalArgumentException if the model cannot read the replacement
  private static SlicedLogits logits(SplicedPass pass, FloatRows replacementND) {
    int unreadable = replacementND.firstTooLong();
    if (unreadable >= 0) {
      throw new IllegalArgumentException(
          ("the reconstruction of token %,d of a batch is so long that its Σ x² is no float32, and"
                  + " the model would read zeros; the SAE does not fit these activations")
              .formatted(unreadable));
    }
    return pass.splicedLogits(pass.splice(replacementND), LOGITS_A_PASS);
  }

  /// What an SAE makes of the rows that are replaced; its sparsity and its errors are added up.
  private FloatRows reconstruction(Sae sae, double[][] sums, SplicedPass pass) {
    FloatRows activationsND = pass.activationsND();
    if (activationsND.rows() == 0) {
      return activationsND;
    }
    Reconstruction reconstruction = Reconstruction.of(sae, pass.activationsND(hook));
    int[] rowStart = reconstruction.codesBF().rowStart();
    for (int i = 0; i < activationsND.rows(); i++) {
      double[] ofSequence = sums[pass.sequence(i)];
      ofSequence[ROWS]++;
      ofSequence[ACTIVE] += rowStart[i + 1] - rowStart[i];
      for (int d = 0; d < activationsND.width(); d++) {
        double x = activationsND.at(i, d);
        double error = reconstruction.rowsBD().at(i, d) - x;
        double deviation = x - meanD[d];
        ofSequence[SQUARED_ERROR] += error * error;
        ofSequence[SQUARED_DEVIATION] += deviation * deviation;
      }
    }
    return reconstruction.rowsBD();
  }

  private static void addLoss(double[][] sums, int sum, SlicedLogits logits, TokenBatch tokensBT) {
    int[] nextBT = tokensBT.nextIds();
    for (int slice = 0; slice < logits.count(); slice++) {
      FloatRows rows = logits.slice(slice);
      int first = logits.firstRow(slice);
      double[] losses =
          NextTokenLoss.perRow(rows, Arrays.copyOfRange(nextBT, first, first + rows.rows()));
      for (int i = 0; i < losses.length; i++) {
        if (hasSuccessor(tokensBT, first + i)) {
          sums[(first + i) / tokensBT.length()][sum] += losses[i];
        }
      }
    }
  }

  private static boolean hasSuccessor(TokenBatch tokensBT, int row) {
    return (row + 1) % tokensBT.length() != 0;
  }

  private static void addDivergence(
      double[][] sums, SlicedLogits clean, SlicedLogits spliced, TokenBatch tokensBT) {
    for (int slice = 0; slice < clean.count(); slice++) {
      double[] divergences = NextTokenDivergence.perToken(clean.slice(slice), spliced.slice(slice));
      int first = clean.firstRow(slice);
      for (int i = 0; i < divergences.length; i++) {
        if (hasSuccessor(tokensBT, first + i)) {
          double[] ofSequence = sums[(first + i) / tokensBT.length()];
          ofSequence[PREDICTIONS]++;
          ofSequence[KL] += divergences[i];
        }
      }
    }
  }

  private static LossRecovered result(
      List<double[]> sequences, DocumentSource text, Settings settings) {
    long rows = (long) sequences.stream().mapToDouble(s -> s[ROWS]).sum();
    long predictions = (long) sequences.stream().mapToDouble(s -> s[PREDICTIONS]).sum();
    if (predictions == 0) {
      throw new IllegalArgumentException(settings.tooLittle(text));
    }
    return new LossRecovered(
        Estimate.of(sequences, s -> s[ACTIVE] / s[ROWS], rows),
        Estimate.of(sequences, s -> 1 - s[SQUARED_ERROR] / s[SQUARED_DEVIATION], rows),
        perPrediction(sequences, CLEAN, predictions),
        perPrediction(sequences, SAE, predictions),
        perPrediction(sequences, MEAN, predictions),
        perPrediction(sequences, ZERO, predictions),
        Estimate.of(sequences, s -> recovered(s, MEAN), predictions),
        Estimate.of(sequences, s -> recovered(s, ZERO), predictions),
        perPrediction(sequences, KL, predictions),
        sequences.size());
  }

  private static Estimate perPrediction(List<double[]> sequences, int sum, long predictions) {
    return Estimate.of(sequences, s -> s[sum] / s[PREDICTIONS], predictions);
  }

  private static double recovered(double[] sums, int ablation) {
    return (sums[ablation] - sums[SAE]) / (sums[ablation] - sums[CLEAN]);
  }
}
