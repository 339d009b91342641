// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats.parts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.json.Config;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.TokensRead;

/// An [Origin] in the fields that SAELens has for it: `model_name`, `hook_name`, `hook_name_out`,
/// `context_size`, `prepend_bos` and others. SAELens keeps them in the object `metadata` of its
/// `cfg.json`, and before version 6 beside everything else. Source: SAELens 6.18, `SAEMetadata` in
/// `saes/sae.py`.
public final class OriginMetadata {
  /// The object that holds the fields.
  public static final String METADATA = "metadata";

  /// What the model was loaded with.
  public static final String MODEL_OPTIONS = "model_from_pretrained_kwargs";

  /// What TransformerLens calls it that the weights that write into the residual stream were
  /// centred, one of [#MODEL_OPTIONS].
  public static final String CENTRED = "center_writing_weights";

  /// The hook point that a transcoder predicts.
  public static final String PREDICTED = "hook_name_out";

  private static final String MODEL = "model_name";
  private static final String HOOK = "hook_name";
  private static final String HEAD = "hook_head_index";
  private static final String CONTEXT = "context_size";

  /// Which tokens it was trained on, in three fields.
  private static final String STARTS = "prepend_bos";

  private static final String LEFT_OUT = "exclude_special_tokens";
  private static final String POSITIONS = "seqpos_slice";

  /// Every field that SAELens 6 has taken over from its flat configurations.
  public static final List<String> FIELDS =
      List.of(
          MODEL,
          HOOK,
          "model_class_name",
          HEAD,
          MODEL_OPTIONS,
          STARTS,
          LEFT_OUT,
          "neuronpedia_id",
          CONTEXT,
          POSITIONS,
          "dataset_path",
          "sae_lens_training_version",
          PREDICTED,
          "hook_head_index_out");

  private OriginMetadata() {}

  /// Reads the fields of version 6.
  public static Origin read(Config metadata) throws FormatException {
    return read(metadata, HOOK, HEAD);
  }

  /// Reads fields of which two have other names in older files.
  ///
  /// @param hook the field of the hook point
  /// @param head the field of the head
  public static Origin read(Config fields, String hook, String head) throws FormatException {
    return new Origin(
            fields.text(MODEL),
            fields.text(hook),
            fields.text(PREDICTED),
            fields.optionalPositive(CONTEXT))
        .reading(tokensRead(fields))
        .ofHead(fields.optionalNatural(head))
        .centred(fields.has(MODEL_OPTIONS) && fields.below(MODEL_OPTIONS).flag(CENTRED, false));
  }

  /// Special tokens are left out by `true`, or by a list of ids; positions by a slice that is not
  /// the whole.
  private static TokensRead tokensRead(Config fields) throws FormatException {
    JsonNode excluded = fields.json().path(LEFT_OUT);
    boolean excludes =
        excluded.isArray()
            ? !wholes(fields, LEFT_OUT, false).isEmpty()
            : fields.has(LEFT_OUT) && fields.flag(LEFT_OUT, false);
    boolean sliced =
        fields.has(POSITIONS)
            && wholes(fields, POSITIONS, true).stream().anyMatch(end -> !end.isNull());
    return new TokensRead(
        fields.has(STARTS) ? (Boolean) fields.flag(STARTS, true) : null,
        excludes,
        sliced ? fields.json().path(POSITIONS).toString() : null);
  }

  /// A list of whole numbers, which may hold nulls if they mean something.
  private static List<JsonNode> wholes(Config fields, String field, boolean nulls)
      throws FormatException {
    List<JsonNode> wholes = new ArrayList<>();
    JsonNode list = fields.json().path(field);
    list.forEach(wholes::add);
    boolean fits =
        wholes.stream()
            .allMatch(
                each ->
                    (each.isIntegralNumber() && each.canConvertToInt())
                        || (nulls && each.isNull()));
    if (!list.isArray() || !fits) {
      throw fields.refused(
          field, "is " + fields.found(field), "it must be a list of whole numbers");
    }
    return wholes;
  }

  /// Refuses an SAE that names another hook point as its output, which is a transcoder under
  /// another name.
  ///
  /// @param kind what the file says it is, such as `topk SAE`
  /// @param hook the hook point that is read
  /// @param out the field of the hook point that is predicted
  public static void requireSameHook(Config fields, String kind, @Nullable String hook, String out)
      throws FormatException {
    String predicted = fields.text(out);
    if (predicted != null && !predicted.equals(hook)) {
      throw fields.refused(
          out,
          "is %s in a %s of %s"
              .formatted(fields.found(out), kind, FormatException.quote("" + hook)),
          "an SAE predicts what it reads: correct the architecture or the hook point");
    }
  }

  /// Writes what an origin says into fields, and leaves what a file spelled in its own way.
  ///
  /// @param fields is changed
  public static void write(ObjectNode fields, Origin origin) throws IOException {
    put(fields, MODEL, origin.modelName());
    put(fields, HOOK, origin.hookName());
    put(fields, PREDICTED, origin.outputHookName());
    if (origin.contextSize() != null) {
      fields.put(CONTEXT, origin.contextSize());
    }
    if (origin.headIndex() != null) {
      fields.put(HEAD, origin.headIndex());
    }
    TokensRead tokens = origin.tokensRead();
    if (tokens.startsDocuments() != null) {
      fields.put(STARTS, tokens.startsDocuments());
    }
    if (tokens.leavesOutSpecial() && !fields.has(LEFT_OUT)) {
      fields.put(LEFT_OUT, true);
    }
    if (tokens.positions() != null) {
      fields.set(POSITIONS, new ObjectMapper().readTree(tokens.positions()));
    }
    if (origin.centred()) {
      fields.withObjectProperty(MODEL_OPTIONS).put(CENTRED, true);
    }
  }

  private static void put(ObjectNode fields, String field, @Nullable String value) {
    if (value != null) {
      fields.put(field, value);
    }
  }
}
