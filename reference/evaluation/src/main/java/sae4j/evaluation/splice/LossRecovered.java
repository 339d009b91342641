package sae4j.evaluation.splice;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.capture.TokenWindows;
import sae4j.activations.capture.WindowBatches;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.NextTokenLoss;
import sae4j.models.TokenBatch;
import sae4j.saes.Sae;

/// What a language model loses when the activations at a hook are replaced by an SAE's
/// reconstruction of them: the article's "Loss Recovered".
///
/// The loss is the cross-entropy of next-token prediction, in nats a token, over every token that
/// has a successor in its sequence. Loss recovered = (L(ablation) − L(sae)) / (L(ablation) −
/// L(clean)): 1 when the reconstruction is as good as the activations, 0 when it is no better than
/// what it is compared with, their mean or zero. The mean is that of the activations of the same
/// text.
///
/// All three replacements leave the first token of each sequence and document-start tokens as they
/// are, because SAEs are not trained on them ([TokenTable#rowsBehindStarts]).
///
/// @param l0 mean number of active features a token
/// @param explainedVariance 1 − Σ‖x̂ − x‖² / Σ‖x − mean‖²
/// @param lossClean L of the model left alone
/// @param lossSae L when the reconstruction is spliced in
/// @param lossMeanAblation L when the mean is
/// @param lossZeroAblation L when zeros are
/// @param lossRecoveredMeanAblation compared with the mean
/// @param lossRecoveredZeroAblation compared with zeros
/// @param kl KL(model left alone ‖ model with the reconstruction), in nats
/// @param sequences how many were read
public record LossRecovered(
    Estimate l0,
    Estimate explainedVariance,
    Estimate lossClean,
    Estimate lossSae,
    Estimate lossMeanAblation,
    Estimate lossZeroAblation,
    Estimate lossRecoveredMeanAblation,
    Estimate lossRecoveredZeroAblation,
    Estimate kl,
    int sequences) {
  /// Logits of one pass take at most 64 MiB, unless a single sequence takes more.
  private static final long LOGITS_A_PASS = 1L << 24;

  // What is added up over each sequence, by its place in an array.
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

  /// Measures one SAE as [#of(LanguageModel, HookPoint, List, DocumentSource, long, LongConsumer)]
  /// measures several.
  public static LossRecovered of(
      LanguageModel model,
      HookPoint hook,
      Sae sae,
      DocumentSource text,
      long maxTokens,
      LongConsumer progress)
      throws IOException {
    return of(model, hook, List.of(sae), text, maxTokens, progress).getFirst();
  }

  /// Measures a transcoder: its prediction of what is at another hook takes the place of that.
  ///
  /// @param hook what it reads
  /// @param target what it predicts, and what is ablated
  /// @see #of(LanguageModel, HookPoint, List, DocumentSource, long, LongConsumer)
  public static LossRecovered ofTranscoder(
      LanguageModel model,
      HookPoint hook,
      HookPoint target,
      Sae transcoder,
      DocumentSource text,
      long maxTokens,
      LongConsumer progress)
      throws IOException {
    return of(model, hook, target, List.of(transcoder), text, maxTokens, progress).getFirst();
  }

  /// Measures SAEs of one hook, each as if it were alone: the model left alone and the two
  /// ablations are the same for all and computed once, so n SAEs take n + 3 forward passes of the
  /// text from the hook on, and not 4·n. The text is read twice: for the mean, and for the losses.
  /// Memory is bounded by one batch of logits, times two.
  ///
  /// @param model what the SAE was trained on; the caller closes it
  /// @param hook where
  /// @param saes what to splice in, one after the other
  /// @param text best text that the SAE was not trained on
  /// @param maxTokens how much of it to read
  /// @param progress told how many tokens were read since it was told last; both readings count, so
  ///     up to twice `maxTokens` in all
  /// @return what was measured of each, in their order
  /// @throws IOException if the text cannot be read
  /// @throws IllegalArgumentException if the widths differ, or the text has no two tokens
  public static List<LossRecovered> of(
      LanguageModel model,
      HookPoint hook,
      List<Sae> saes,
      DocumentSource text,
      long maxTokens,
      LongConsumer progress)
      throws IOException {
    return of(model, hook, hook, saes, text, maxTokens, progress);
  }

  private static List<LossRecovered> of(
      LanguageModel model,
      HookPoint hook,
      HookPoint target,
      List<Sae> saes,
      DocumentSource text,
      long maxTokens,
      LongConsumer progress)
      throws IOException {
    for (Sae sae : saes) {
      if (sae.activationDim() != model.modelWidth()) {
        throw new IllegalArgumentException(
            ("the SAE takes activations of width %d, but those of %s at %s have %d; choose "
                    + "the model it was trained on")
                .formatted(sae.activationDim(), model.name(), hook, model.modelWidth()));
      }
    }
    Measurement measurement = new Measurement(model, hook, target, saes);
    measurement.forEachBatch(text, maxTokens, progress, measurement::addToMean);
    measurement.endMean();
    measurement.forEachBatch(text, maxTokens, progress, measurement::addToLosses);
    return measurement.results();
  }

  /// A reading in progress.
  private static final class Measurement {
    private final LanguageModel model;
    private final HookPoint hook;
    private final HookPoint target;
    private final List<Sae> saes;
    private final double[] meanD;

    /// For each SAE the sums of each sequence.
    private final List<List<double[]>> sequences = new ArrayList<>();

    private long meanRows;

    Measurement(LanguageModel model, HookPoint hook, HookPoint target, List<Sae> saes) {
      this.model = model;
      this.hook = hook;
      this.target = target;
      this.saes = saes;
      saes.forEach(sae -> sequences.add(new ArrayList<>()));
      this.meanD = new double[model.modelWidth()];
    }

    interface BatchWork {
      /// @param read what the SAEs read, of all tokens
      /// @param activations what they reconstruct
      /// @param rows those that are replaced
      void accept(TokenBatch tokensBT, FloatRows read, FloatRows activations, int[] rows);
    }

    void forEachBatch(DocumentSource text, long maxTokens, LongConsumer progress, BatchWork work)
        throws IOException {
      int length = model.contextLength();
      long sequenceLogits = (long) length * model.vocabularySize();
      int batch = (int) Math.max(1, LOGITS_A_PASS / sequenceLogits);
      try (Stream<Document> documents = text.open()) {
        Iterator<List<TokenTable>> batches =
            new WindowBatches(
                new TokenWindows(documents.iterator(), model.tokenizer(), length, seen -> {}),
                batch,
                maxTokens);
        while (batches.hasNext()) {
          List<TokenTable> windows = batches.next();
          TokenBatch tokensBT = TokenBatch.of(windows.stream().map(TokenTable::ids).toList());
          Map<HookPoint, FloatRows> captured =
              model.capture(tokensBT, Stream.of(hook, target).distinct().toList());
          int[] rows = TokenTable.concatenated(windows).rowsBehindStarts(model.tokenizer());
          work.accept(
              tokensBT,
              Objects.requireNonNull(captured.get(hook)),
              Objects.requireNonNull(captured.get(target)),
              rows);
          progress.accept(tokensBT.rows());
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }

    void addToMean(TokenBatch tokensBT, FloatRows read, FloatRows activations, int[] rows) {
      for (int row : rows) {
        for (int d = 0; d < meanD.length; d++) {
          meanD[d] += activations.at(row, d);
        }
      }
      meanRows += rows.length;
    }

    void endMean() {
      if (meanRows == 0) {
        throw new IllegalArgumentException(
            "there is no text behind the start of a document; give more text");
      }
      for (int d = 0; d < meanD.length; d++) {
        meanD[d] /= meanRows;
      }
    }

    void addToLosses(TokenBatch tokensBT, FloatRows read, FloatRows activations, int[] rows) {
      double[][] common = new double[tokensBT.sequences()][SUMS];
      FloatRows clean = model.resume(tokensBT, target, activations);
      addLoss(common, CLEAN, clean, tokensBT);
      FloatRows ablated = activations.copy();
      for (int row : rows) {
        for (int d = 0; d < meanD.length; d++) {
          ablated.values()[row * meanD.length + d] = (float) meanD[d];
        }
      }
      addLoss(common, MEAN, model.resume(tokensBT, target, ablated), tokensBT);
      for (int row : rows) {
        Arrays.fill(ablated.values(), row * meanD.length, (row + 1) * meanD.length, 0);
      }
      addLoss(common, ZERO, model.resume(tokensBT, target, ablated), tokensBT);
      for (int i = 0; i < saes.size(); i++) {
        double[][] sums = Arrays.stream(common).map(double[]::clone).toArray(double[][]::new);
        FloatRows reconstructed =
            spliceReconstruction(saes.get(i), sums, tokensBT, read, activations, rows);
        FloatRows spliced = model.resume(tokensBT, target, reconstructed);
        addLoss(sums, SAE, spliced, tokensBT);
        addDivergence(sums, clean, spliced, tokensBT);
        sequences.get(i).addAll(List.of(sums));
      }
    }

    /// The activations with the reconstruction in the rows that are replaced.
    private FloatRows spliceReconstruction(
        Sae sae,
        double[][] sums,
        TokenBatch tokensBT,
        FloatRows read,
        FloatRows activations,
        int[] rows) {
      int width = activations.width();
      FloatRows replaced = FloatRows.zeros(rows.length, width);
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(read.values(), rows[i] * width, replaced.values(), i * width, width);
      }
      FloatRows spliced = activations.copy();
      if (rows.length == 0) {
        return spliced;
      }
      Reconstruction reconstruction = Reconstruction.of(sae, replaced);
      int[] rowStart = reconstruction.codesBF().rowStart();
      for (int i = 0; i < rows.length; i++) {
        double[] ofSequence = sums[rows[i] / tokensBT.length()];
        ofSequence[ROWS]++;
        ofSequence[ACTIVE] += rowStart[i + 1] - rowStart[i];
        for (int d = 0; d < width; d++) {
          double x = activations.at(rows[i], d);
          double error = reconstruction.rowsBD().at(i, d) - x;
          double deviation = x - meanD[d];
          ofSequence[SQUARED_ERROR] += error * error;
          ofSequence[SQUARED_DEVIATION] += deviation * deviation;
        }
        System.arraycopy(
            reconstruction.rowsBD().values(), i * width, spliced.values(), rows[i] * width, width);
      }
      return spliced;
    }

    private static void addLoss(double[][] sums, int sum, FloatRows logits, TokenBatch tokensBT) {
      double[] losses = NextTokenLoss.perToken(logits, tokensBT);
      for (int row = 0; row < losses.length; row++) {
        if (hasSuccessor(tokensBT, row)) {
          sums[row / tokensBT.length()][sum] += losses[row];
        }
      }
    }

    private static boolean hasSuccessor(TokenBatch tokensBT, int row) {
      return (row + 1) % tokensBT.length() != 0;
    }

    private static void addDivergence(
        double[][] sums, FloatRows clean, FloatRows spliced, TokenBatch tokensBT) {
      double[] divergences = Divergence.perToken(clean, spliced);
      for (int row = 0; row < divergences.length; row++) {
        if (hasSuccessor(tokensBT, row)) {
          double[] ofSequence = sums[row / tokensBT.length()];
          ofSequence[PREDICTIONS]++;
          ofSequence[KL] += divergences[row];
        }
      }
    }

    List<LossRecovered> results() {
      return sequences.stream().map(Measurement::result).toList();
    }

    private static LossRecovered result(List<double[]> sequences) {
      long rows = (long) sequences.stream().mapToDouble(s -> s[ROWS]).sum();
      long predictions = (long) sequences.stream().mapToDouble(s -> s[PREDICTIONS]).sum();
      if (predictions == 0) {
        throw new IllegalArgumentException("no token of the text has a successor; give more text");
      }
      return new LossRecovered(
          Estimate.of(sequences, s -> s[ACTIVE] / s[ROWS], rows),
          Estimate.of(sequences, s -> 1 - s[SQUARED_ERROR] / s[SQUARED_DEVIATION], rows),
          aPrediction(sequences, CLEAN, predictions),
          aPrediction(sequences, SAE, predictions),
          aPrediction(sequences, MEAN, predictions),
          aPrediction(sequences, ZERO, predictions),
          Estimate.of(sequences, s -> recovered(s, MEAN), predictions),
          Estimate.of(sequences, s -> recovered(s, ZERO), predictions),
          aPrediction(sequences, KL, predictions),
          sequences.size());
    }

    private static Estimate aPrediction(List<double[]> sequences, int sum, long predictions) {
      return Estimate.of(sequences, s -> s[sum] / s[PREDICTIONS], predictions);
    }

    private static double recovered(double[] sums, int ablation) {
      return (sums[ablation] - sums[SAE]) / (sums[ablation] - sums[CLEAN]);
    }
  }
}
