// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.predictions;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;

/// A forward pass in which activations at one hook point are replaced: the model runs to the hook
/// point once, and on from there for each replacement.
///
/// The first row of each sequence and the rows of document-start tokens stay as they are
/// ([TokenBatch#rowsBehindStarts]). The other rows, N of them, are gathered, replaced by whatever
/// the caller makes of them, and put back.
public final class SplicedPass {
  private final LanguageModel model;
  private final TokenBatch tokensBT;
  private final HookPoint hook;
  private final int[] rows;
  private final Map<HookPoint, FloatRows> captured;

  /// Runs the model to a hook point.
  ///
  /// @param model the caller closes it
  /// @param tokensBT what the model reads
  /// @param hook where rows are replaced
  public SplicedPass(LanguageModel model, TokenBatch tokensBT, HookPoint hook) {
    this(model, tokensBT, hook, List.of(), KeptRows.BEHIND_STARTS);
  }

  /// As [#SplicedPass(LanguageModel, TokenBatch, HookPoint)], capturing other hook points in the
  /// same pass.
  ///
  /// @param others where to read as well, for a replacement that is computed from activations
  ///     elsewhere
  public SplicedPass(
      LanguageModel model, TokenBatch tokensBT, HookPoint hook, Collection<HookPoint> others) {
    this(model, tokensBT, hook, others, KeptRows.BEHIND_STARTS);
  }

  /// As above, for other rows.
  ///
  /// @param replaced which rows are replaced
  public SplicedPass(
      LanguageModel model,
      TokenBatch tokensBT,
      HookPoint hook,
      Collection<HookPoint> others,
      KeptRows replaced) {
    this.model = model;
    this.tokensBT = tokensBT;
    this.hook = hook;
    this.rows = replaced.of(tokensBT, model.tokenizer());
    this.captured =
        model.capture(
            tokensBT, Stream.concat(Stream.of(hook), others.stream()).distinct().toList());
  }

  /// What the model reads.
  public TokenBatch tokens() {
    return tokensBT;
  }

  /// N, how many rows are replaced.
  public int count() {
    return rows.length;
  }

  /// The rows that are replaced, ascending.
  public int[] replacedRows() {
    return rows.clone();
  }

  /// The sequence that a replaced row belongs to.
  ///
  /// @param i from 0 to N − 1
  public int sequence(int i) {
    return rows[i] / tokensBT.length();
  }

  /// What is replaced: the activations at the hook point, [N, D].
  public FloatRows activationsND() {
    return activationsND(hook);
  }

  /// The activations of the same tokens at a hook point that was captured, [N, D].
  ///
  /// @throws NullPointerException if it was not captured
  public FloatRows activationsND(HookPoint at) {
    return all(at).select(rows);
  }

  private FloatRows all(HookPoint at) {
    return Objects.requireNonNull(
        captured.get(at), () -> at + " was not captured; there are " + captured.keySet());
  }

  /// The model left alone, taken up at the hook point.
  ///
  /// @param later hook points behind it whose activations are wanted as well
  public Continuation clean(Collection<HookPoint> later) {
    return model.resume(tokensBT, hook, all(hook), later);
  }

  /// The logits of the model left alone, some rows at a time.
  ///
  /// @param mostValues numbers in a slice, at most
  public SlicedLogits cleanLogits(long mostValues) {
    return new SlicedLogits(model, tokensBT, hook, all(hook), mostValues);
  }

  /// The logits of the model run on from spliced activations, some rows at a time.
  ///
  /// @param splicedBTxD what [#splice] returned
  /// @param mostValues numbers in a slice, at most
  public SlicedLogits splicedLogits(FloatRows splicedBTxD, long mostValues) {
    return new SlicedLogits(model, tokensBT, hook, splicedBTxD, mostValues);
  }

  /// The activations at the hook point with other rows spliced in.
  ///
  /// @param replacementND in the order of [#activationsND()]
  /// @return [B·T, D]
  /// @throws IllegalArgumentException if the replacement has another shape
  public FloatRows splice(FloatRows replacementND) {
    return all(hook).with(rows, replacementND);
  }

  /// The model run on from spliced activations.
  ///
  /// @param splicedBTxD what [#splice] returned
  /// @param later hook points behind this one whose activations are wanted as well
  public Continuation spliced(FloatRows splicedBTxD, Collection<HookPoint> later) {
    return model.resume(tokensBT, hook, splicedBTxD, later);
  }

  /// The gradient of a loss with respect to the replaced rows, through the rest of the model; see
  /// [LanguageModel#gradient].
  ///
  /// @param splicedBTxD the point at which it is taken
  /// @param gradients the loss's gradient with respect to what [#spliced] returned there
  /// @return [N, D]
  public FloatRows gradientND(FloatRows splicedBTxD, Continuation gradients) {
    return model.gradient(tokensBT, hook, splicedBTxD, gradients).select(rows);
  }
}
