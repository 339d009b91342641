package sae4j.activations.models;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/// A decoder-only language model, opened at its hook points. It is frozen: nothing here changes a weight.
///
/// Rows of every matrix are the tokens of the batch, b·T + t. Not safe for use by several threads at once; the model itself uses all
/// cores. Methods throw [IllegalArgumentException] for a hook the model lacks, for a sequence longer than its context and for ids
/// outside its vocabulary, naming the value and the limit.
public interface LanguageModel extends AutoCloseable {
    /// What the user knows the model by: the embedded model's name, or the path it was opened from.
    String name();

    /// The tokenizer that belongs to the model.
    Tokenizer tokenizer();

    /// The hook points that can be read and replaced, in the order of the forward pass.
    List<HookPoint> hookPoints();

    /// The most tokens a sequence may have.
    int contextLength();

    /// D, the width of the residual stream.
    int modelWidth();

    /// V, the width of the logits.
    int vocabularySize();

    /// Runs the model up to the last of `hooks` and returns the activations at each: one forward pass for all of them.
    ///
    /// @param tokensBT what the model reads
    /// @param hooks    where to look
    /// @return [B·T, D] for each hook, in the order given
    Map<HookPoint, FloatRows> capture(TokenBatch tokensBT, Collection<HookPoint> hooks);

    /// The scores of the next token after each token: a whole forward pass.
    ///
    /// @return [B·T, V]; mind its size, B·T·V·4 bytes
    FloatRows logits(TokenBatch tokensBT);

    @Override
    void close();
}
