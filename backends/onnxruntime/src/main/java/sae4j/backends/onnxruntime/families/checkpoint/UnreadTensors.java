// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.checkpoint;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.files.FormatException;

/// Tensors of a checkpoint that its graph does not read. A bias, a norm or an adapter that is left
/// out makes other activations than the model's, so each is refused by name, except the few that no
/// activation and no score depends on.
public final class UnreadTensors {
  /// Tables that follow from the configuration. They were saved because a module held them.
  private static final Pattern TABLE =
      Pattern.compile(
          "(.*\\.)?(rotary_emb\\.(inv_freq|cos_cached|sin_cached)|position_ids"
              + "|(attn|attention)\\.masked_bias)");

  /// The causal mask, [1, 1, T, T], of GPT-2 and GPT-NeoX. A bias of that name has one dimension.
  private static final Pattern MASK = Pattern.compile("(.*\\.)?(attn|attention)\\.bias");

  private static final int MASK_RANK = 4;

  private static final String PARTS = "(\\.[a-z0-9_]+)*\\.(weight|bias)";

  /// What stands on the residual stream's end beside the unembedding.
  private static final Pattern REWARD =
      Pattern.compile("(v_head|value_head|multiple_choice_head)" + PARTS);

  /// What stands there in its place.
  private static final Pattern CLASSIFIER =
      Pattern.compile("(score|classifier|qa_outputs)" + PARTS);

  private static final Pattern UNEMBEDDING =
      Pattern.compile("(language_model\\.)?(lm_head|embed_out)\\.weight");
  private static final Pattern ADAPTER =
      Pattern.compile(".*(lora_|\\.ia3_|adapter|prompt_encoder|modules_to_save).*");

  private UnreadTensors() {}

  /// Refuses a checkpoint with tensors that its graph should have read.
  ///
  /// @param weights all that the checkpoint has
  /// @param read those that the graph holds
  /// @param leftOut those of parts that read no text
  /// @throws FormatException if there is one besides; it names the first
  public static void refuse(
      ModelWeights weights, Collection<GraphWeight> read, Predicate<String> leftOut)
      throws IOException {
    List<String> names = read.stream().map(GraphWeight::name).toList();
    List<GraphWeight> unread =
        weights.all().stream()
            .filter(weight -> !names.contains(weight.name()) && !leftOut.test(weight.name()))
            .filter(weight -> !isHarmless(weight))
            .toList();
    for (GraphWeight weight : unread) {
      if (!UNEMBEDDING.matcher(weight.name()).matches()) {
        throw refused(weights, weight, unread.size() - 1);
      }
      requireCopy(weights, weight, read);
    }
  }

  /// Whether the model was trained to classify, and has no unembedding but by a default.
  public static boolean classify(ModelWeights weights) {
    return weights.all().stream().anyMatch(each -> CLASSIFIER.matcher(each.name()).matches())
        && weights.all().stream().noneMatch(each -> UNEMBEDDING.matcher(each.name()).matches());
  }

  private static boolean isHarmless(GraphWeight weight) {
    return TABLE.matcher(weight.name()).matches()
        || REWARD.matcher(weight.name()).matches()
        || CLASSIFIER.matcher(weight.name()).matches()
        || (MASK.matcher(weight.name()).matches() && weight.dims().length == MASK_RANK);
  }

  /// An unembedding that is tied to the embedding may be saved a second time under its own name.
  private static void requireCopy(
      ModelWeights weights, GraphWeight unembedding, Collection<GraphWeight> read)
      throws IOException {
    for (GraphWeight each : read) {
      if (each.type() == unembedding.type()
          && Arrays.equals(each.dims(), unembedding.dims())
          && each.storage().holdsSameAs(unembedding.storage())) {
        return;
      }
    }
    throw new FormatException(
        weights.fileOf(unembedding.name()),
        "tensor " + FormatException.quote(unembedding.name()),
        "is not the embedding, which stands in its place by tie_word_embeddings in config.json",
        "set tie_word_embeddings to false if the model has an unembedding of its own, or remove the"
            + " tensor");
  }

  private static FormatException refused(ModelWeights weights, GraphWeight weight, int others) {
    boolean adapter = ADAPTER.matcher(weight.name()).matches();
    return new FormatException(
        weights.fileOf(weight.name()),
        "tensor " + FormatException.quote(weight.name()),
        (others == 0 ? "" : "and %,d more: ".formatted(others))
            + "has no place in the graph of the model_type in config.json, which would compute"
            + " something else than the model",
        adapter
            ? "merge the adapter into the weights and save the model"
            : "export the model to ONNX and open that file, or remove the tensor if the model"
                + " computes without it");
  }
}
