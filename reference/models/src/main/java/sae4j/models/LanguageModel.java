// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/// A decoder-only language model, opened at its hook points. It is frozen: nothing here changes a
/// weight.
///
/// Rows of every matrix are the tokens of the batch, b·T + t. Not safe for use by several threads
/// at once; the model itself uses all cores. Methods throw [IllegalArgumentException] for a hook
/// the model lacks, for a sequence longer than its context and for ids outside its vocabulary,
/// naming the value and the limit.
public interface LanguageModel extends AutoCloseable {
  /// What the user knows the model by: the embedded model's name, or the path it was opened from.
  String name();

  /// Its family and its size.
  ModelFacts facts();

  /// What was unusual when the model was opened and its user should know, a line each.
  default List<String> notes() {
    return List.of();
  }

  /// The tokenizer that belongs to the model.
  Tokenizer tokenizer();

  /// The hook points that can be read and replaced, in the order of the forward pass.
  List<HookPoint> hookPoints();

  /// The width of the activations at a hook point: D, or another one inside attention and MLP.
  int width(HookPoint hook);

  /// The most tokens a sequence may have.
  int contextLength();

  /// Where it computes: `cpu` or `cuda`. Other devices round otherwise.
  default String device() {
    return "cpu";
  }

  /// How many tokens it reads at once where nobody chooses: enough to keep its device busy, and few
  /// enough for its memory.
  default int tokensAtOnce() {
    return 4096;
  }

  /// D, the width of the residual stream.
  int modelWidth();

  /// V, the width of the logits.
  int vocabularySize();

  /// Whether it has an unembedding. A base model saved without one gives activations, but no scores
  /// of tokens: [#logits], [#resume], [#gradient], [#unembed] and [#generate] then throw an
  /// [IllegalStateException] that says so.
  default boolean scoresTokens() {
    return true;
  }

  /// Runs the model up to the last of `hooks` and returns the activations at each: one forward pass
  /// for all of them.
  ///
  /// @param tokensBT what the model reads
  /// @param hooks where to look
  /// @return [B·T, width] for each hook, in the order given
  Map<HookPoint, FloatRows> capture(TokenBatch tokensBT, Collection<HookPoint> hooks);

  /// The scores of the next token after each token: a whole forward pass.
  ///
  /// @return [B·T, V]; mind its size, B·T·V·4 bytes
  default FloatRows logits(TokenBatch tokensBT) {
    return logits(tokensBT, List.of());
  }

  /// The scores of the next token where the forward pass is changed: the stretch between two hooks
  /// runs once, whatever the number of interventions. Interventions at one hook apply in the order
  /// given. An intervention that returns its rows as they are changes no bit of the result.
  ///
  /// @param interventions none, or any number at any hooks
  /// @return [B·T, V]
  FloatRows logits(TokenBatch tokensBT, List<Intervention> interventions);

  /// The scores of the next token, computed from activations at a hook point. Runs the part of the
  /// forward pass that follows `hook`, and before it only what a side branch needs (nothing at the
  /// residual stream; at `hook_attn_out` or `hook_mlp_out`, the residual stream beside it).
  ///
  /// @param tokensBT the tokens that the activations belong to
  /// @param hook where to resume
  /// @param activationsBTxD [B·T, width of the hook]; read, not changed
  /// @return [B·T, V]
  default FloatRows resume(TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD) {
    return resume(tokensBT, hook, activationsBTxD, List.of()).logitsBTxV();
  }

  /// As [#resume(TokenBatch, HookPoint, FloatRows)], with the logits before the bound c · tanh(l /
  /// c) that some models put on them (Gemma 2).
  default FloatRows unboundedLogits(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD) {
    return resume(tokensBT, hook, activationsBTxD);
  }

  /// The activations at later hook points, computed from those at an earlier one: [#resume] that
  /// ends at the last of them, without logits.
  ///
  /// @param later hook points after `hook`, at least one
  default Map<HookPoint, FloatRows> advance(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Collection<HookPoint> later) {
    return resume(tokensBT, hook, activationsBTxD, later).later();
  }

  /// As [#resume(TokenBatch, HookPoint, FloatRows)], with the activations at later hook points, in
  /// the same pass.
  ///
  /// @param later hook points after `hook`
  Continuation resume(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Collection<HookPoint> later);

  /// The gradient of a loss with respect to the activations at a hook, through the frozen rest of
  /// the model (a vector–Jacobian product): ∂loss/∂activations = (∂logits/∂activations)ᵀ ·
  /// ∂loss/∂logits.
  ///
  /// @param tokensBT the tokens that the activations belong to
  /// @param hook where the gradient is wanted
  /// @param activationsBTxD [B·T, width of the hook], the point at which it is taken; read, not
  ///     changed
  /// @param gradLogitsBTxV [B·T, V], the loss's gradient with respect to the logits that [#resume]
  ///     returns there
  /// @return [B·T, D]
  default FloatRows gradient(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, FloatRows gradLogitsBTxV) {
    return gradient(tokensBT, hook, activationsBTxD, new Continuation(gradLogitsBTxV));
  }

  /// As [#gradient(TokenBatch, HookPoint, FloatRows, FloatRows)], of a loss that looks at
  /// activations at later hooks as well.
  ///
  /// @param gradients the loss's gradient with respect to each part of what [#resume] returns there
  /// @return [B·T, D]
  FloatRows gradient(
      TokenBatch tokensBT, HookPoint hook, FloatRows activationsBTxD, Continuation gradients);

  /// What directions in the residual stream say about the next token by the direct path, past every
  /// block: W_U · (γ ⊙ P·v), with the unembedding W_U and the final norm's gain γ. P takes the mean
  /// out of v where that norm does (layer norm), and leaves v as it is where not (RMS norm). This
  /// is the linear part of the final norm and unembedding; its scale is that of v, as if the norm
  /// divided by 1. Biases are left out.
  ///
  /// It is read off [#unboundedLogits]: the final norm ignores ‖v‖ and flips with the sign of v. So
  /// half the difference of the logits at v and at −v is the linear part, times √D/‖P·v‖, by which
  /// the norm scaled it. Whether the norm takes the mean out is seen on a constant vector, of which
  /// it then leaves nothing.
  ///
  /// @param directionsFxD [F, D]; read, not changed
  /// @return [F, V]; mind its size, F·V·4 bytes, and twice that while it is computed
  default FloatRows unembed(FloatRows directionsFxD) {
    return DirectPath.unembed(this, directionsFxD);
  }

  /// Continues `prompt`, until the sampling's limit or the end of the context is reached. Where the
  /// model has a key-value cache, each step computes the new token only.
  ///
  /// @param prompt token ids, at least one
  /// @param sampling how to choose
  /// @param interventions applied at every step, to the rows that the step computes
  /// @return the new ids, without the prompt
  int[] generate(int[] prompt, Sampling sampling, List<Intervention> interventions);

  /// Continues a text, which stands at the start of a document.
  ///
  /// @return the new text, without the prompt
  default String generate(String prompt, Sampling sampling, List<Intervention> interventions) {
    int[] ids = tokenizer().encodeDocument(prompt).ids();
    return tokenizer().decodeBehindText(generate(ids, sampling, interventions));
  }

  @Override
  void close();
}
