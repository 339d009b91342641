// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats.saelens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.json.Config;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.architectures.MatchingPursuitSae;
import sae4j.saes.formats.parts.OriginMetadata;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.Weight;

/// What a `cfg.json` of SAELens says of an SAE, in any of its versions.
///
/// @param legacy whether it is flat, as before version 6
/// @param scaled whether activations are multiplied with a factor that is kept elsewhere
/// @param assumptions what it leaves open, and what stands in for it
record SaeLensConfig(
    Config config,
    boolean legacy,
    Activation activation,
    boolean transcoder,
    boolean skip,
    int width,
    int features,
    int outputWidth,
    boolean subtractsDecoderBias,
    boolean rescalesByDecoderNorm,
    Normalisation normalisation,
    boolean scaled,
    Origin origin,
    List<String> assumptions) {

  static final String PURSUIT = "matching_pursuit";

  private static final List<String> ARCHITECTURES =
      List.of(
          "standard",
          "topk",
          "jumprelu",
          "gated",
          "batchtopk",
          "matryoshka_batchtopk",
          PURSUIT,
          "transcoder",
          "skip_transcoder",
          "jumprelu_transcoder",
          "jumprelu_skip_transcoder");

  /// Options of training that a checkpoint also records; they change nothing afterwards.
  private static final Set<String> OF_TRAINING =
      Set.of(
          "device",
          "decoder_init_norm",
          "l1_coefficient",
          "lp_norm",
          "l1_warm_up_steps",
          "l0_coefficient",
          "l0_warm_up_steps",
          "jumprelu_init_threshold",
          "jumprelu_bandwidth",
          "jumprelu_sparsity_loss_mode",
          "jumprelu_tanh_scale",
          "pre_act_loss_coefficient",
          "use_sparse_activations",
          "aux_loss_coefficient",
          "use_matryoshka_aux_loss",
          "target_l0",
          "topk_threshold_lr");

  static SaeLensConfig read(Config config) throws FormatException {
    if (!config.mentions(OriginMetadata.METADATA)) {
      return flat(config);
    }
    Config metadata = config.below(OriginMetadata.METADATA);
    if (metadata.text("sae_lens_version") == null) {
      throw metadata.refused(
          "sae_lens_version",
          "is " + metadata.found("sae_lens_version"),
          "metadata without the version are not SAELens': save the SAE again with SAELens 6, or"
              + " remove metadata if the file is older");
    }
    return current(config, metadata);
  }

  private static SaeLensConfig current(Config config, Config metadata) throws FormatException {
    if ("temporal".equals(config.json().path("architecture").asText())) {
      throw config.refused(
          "architecture",
          "is 'temporal', whose codes depend on the tokens before",
          "temporal SAEs are not read; give an SAE that encodes each token by itself");
    }
    String architecture = config.word("architecture", "standard", ARCHITECTURES);
    String normalisation =
        config.word(
            "normalize_activations",
            "none",
            List.of("none", "expected_average_only_in", "constant_norm_rescale", "layer_norm"));
    config.word("reshape_activations", "none", List.of("none", "hook_z"));
    Origin origin = OriginMetadata.read(metadata);
    requireOneKind(metadata, architecture, origin.hookName(), OriginMetadata.PREDICTED);
    SaeLensConfig read = of(config, false, architecture, normalisation, origin);
    config.nothingElseThan(OF_TRAINING);
    return read;
  }

  /// Before version 6 the configuration of the whole training run was in the file; of it, what
  /// decides what the SAE computes is checked.
  private static SaeLensConfig flat(Config config) throws FormatException {
    String architecture = config.word("architecture", "standard", ARCHITECTURES);
    String activationField =
        config.json().has("activation_fn") ? "activation_fn" : "activation_fn_str";
    String activation = config.word(activationField, "relu", List.of("relu", "topk"));
    requireSame(config, "activation_fn", config, "activation_fn_str", "");
    if (activation.equals("topk")) {
      if (!architecture.equals("standard") && !architecture.equals("topk")) {
        throw config.refused(
            activationField,
            "is 'topk' in a " + architecture + " SAE",
            "only standard SAEs have it");
      }
      architecture = "topk";
    }
    if (config.flag("finetuning_scaling_factor", false)) {
      throw config.refused(
          "finetuning_scaling_factor",
          "is true",
          "fold the factors into W_dec with SAELens before version 6");
    }
    JsonNode field = config.json().path("normalize_activations");
    String normalisation =
        field.isBoolean()
            ? field.booleanValue() ? "expected_average_only_in" : "none"
            : field.isNull()
                ? "none"
                : config.word(
                    "normalize_activations",
                    "none",
                    List.of(
                        "none", "expected_average_only_in", "constant_norm_rescale", "layer_norm"));
    config.word("reshape_activations", "none", List.of("none", "hook_z"));
    String head =
        config.json().has("hook_point_head_index") ? "hook_point_head_index" : "hook_head_index";
    String hookField = config.json().has("hook_point") ? "hook_point" : "hook_name";
    String hook = config.text(hookField);
    for (String kind : List.of("is_transcoder", "is_sparse_connection")) {
      if (config.has(kind) && config.flag(kind, false)) {
        throw config.refused(
            kind, "is true", "write it again as a transcoder of SAELens 6, which has two hooks");
      }
    }
    requireOneKind(config, architecture, hook, OriginMetadata.PREDICTED);
    requireOneKind(config, architecture, hook, "out_hook_point");
    Origin origin = OriginMetadata.read(config, hookField, head);
    return of(config, true, architecture, normalisation, origin);
  }

  /// An SAE that names another hook point as its output is a transcoder under another name.
  private static void requireOneKind(
      Config config, String architecture, @Nullable String hook, String out)
      throws FormatException {
    if (!isTranscoder(architecture)) {
      OriginMetadata.requireSameHook(config, architecture + " SAE", hook, out);
    }
  }

  private static boolean isTranscoder(String architecture) {
    return architecture.endsWith("transcoder");
  }

  private static List<String> assumptions(Config config, boolean legacy, boolean subtracts) {
    List<String> assumptions = new ArrayList<>();
    if (legacy) {
      assumptions.add("the file is of SAELens before version 6: it has no metadata");
    }
    if (!config.mentions("architecture")) {
      assumptions.add(
          "the architecture is standard: cfg.json does not say, and SAELens takes that");
    }
    if (!config.mentions("apply_b_dec_to_input")) {
      assumptions.add(
          "the encoder takes %s: cfg.json does not say, and SAELens takes that"
              .formatted(subtracts ? "x − b_dec" : "x as it is"));
    }
    if (!config.mentions("normalize_activations")) {
      assumptions.add("no token is normalised: cfg.json does not say, and SAELens takes that");
    }
    JsonNode options =
        (legacy ? config.json() : config.json().path(OriginMetadata.METADATA))
            .path(OriginMetadata.MODEL_OPTIONS);
    options
        .properties()
        .forEach(
            option -> {
              if (!option.getKey().equals(OriginMetadata.CENTRED)) {
                assumptions.add(
                    ("%s does not change what is read at a residual hook point: the model is read"
                            + " without it")
                        .formatted(
                            FormatException.quote(
                                OriginMetadata.MODEL_OPTIONS
                                    + " "
                                    + option.getKey()
                                    + " "
                                    + option.getValue())));
              }
            });
    return assumptions;
  }

  private static SaeLensConfig of(
      Config config, boolean legacy, String architecture, String normalisation, Origin origin)
      throws FormatException {
    config.word("dtype", "float32", dtypes());
    boolean transcoder = isTranscoder(architecture);
    int width = config.positive("d_in");
    int features = config.positive("d_sae");
    if (legacy && !transcoder && config.has("d_out") && config.positive("d_out") != width) {
      throw config.refused(
          "d_out",
          "is %s in a %s SAE whose d_in is %d"
              .formatted(config.found("d_out"), architecture, width),
          "an SAE is as wide on both sides: correct the architecture or the width");
    }
    boolean subtracts = config.flag("apply_b_dec_to_input", !transcoder);
    if (transcoder && (subtracts || !normalisation.equals("none"))) {
      throw config.refused(
          subtracts ? "apply_b_dec_to_input" : "normalize_activations",
          "is " + (subtracts ? "true" : "'" + normalisation + "'") + " in a transcoder",
          "SAELens' transcoders do neither");
    }
    if (architecture.equals(PURSUIT) && !subtracts) {
      throw config.refused(
          "apply_b_dec_to_input",
          "is false in a " + PURSUIT + " SAE, where SAELens then leaves b_dec out altogether",
          "set it to true, and b_dec to zeros");
    }
    Activation activation =
        switch (architecture.replaceAll("(skip_)?transcoder", "")) {
          case "topk" -> new Activation.TopK(k(config, legacy, features));
          case "jumprelu", "jumprelu_" -> new Activation.JumpRelu();
          case "gated" -> new Activation.Gated();
          case PURSUIT -> pursuit(config, width);
          case "batchtopk" -> new Activation.BatchTopK(k(config, legacy, features));
          case "matryoshka_batchtopk" ->
              new Activation.Matryoshka(k(config, legacy, features), groups(config, features));
          default -> new Activation.Relu();
        };
    boolean chooses = activation instanceof Activation.TopK || architecture.contains("batchtopk");
    return new SaeLensConfig(
        config,
        legacy,
        activation,
        transcoder,
        architecture.contains("skip_"),
        width,
        features,
        transcoder ? config.positive("d_out") : width,
        subtracts,
        config.flag("rescale_acts_by_decoder_norm", false) && chooses,
        switch (normalisation) {
          case "layer_norm" -> Normalisation.LAYER_NORM;
          case "constant_norm_rescale" -> Normalisation.CONSTANT_NORM;
          default -> Normalisation.NONE;
        },
        normalisation.equals("expected_average_only_in"),
        origin,
        assumptions(config, legacy, subtracts));
  }

  /// SAELens goes on for as many rounds as activations are wide where the file does not say.
  private static Activation pursuit(Config config, int width) throws FormatException {
    Integer rounds = config.optionalPositive("max_iterations");
    return new MatchingPursuitSae.Options(
            rounds == null ? width : rounds,
            config.number("residual_threshold", 0.01, 0, Float.MAX_VALUE),
            config.flag("stop_on_duplicate_support", true))
        .activation();
  }

  private static List<String> dtypes() {
    List<String> names = new ArrayList<>();
    for (String name : List.of("float32", "float64", "float16", "bfloat16")) {
      names.add(name);
      names.add("torch." + name);
    }
    return names;
  }

  /// Of two fields that say the same, both may be there.
  private static void requireSame(
      Config one, String field, Config other, String otherField, String prefix)
      throws FormatException {
    JsonNode first = one.json().path(field);
    JsonNode second = other.json().path(otherField);
    boolean both = one.json().hasNonNull(field) && other.json().hasNonNull(otherField);
    if (both && !first.equals(second)) {
      throw one.refused(
          field,
          "is %s while %s is %s"
              .formatted(one.found(field), prefix + otherField, other.found(otherField)),
          "the two say the same thing: correct one of them");
    }
  }

  private static int k(Config config, boolean legacy, int features) throws FormatException {
    if (legacy && config.json().hasNonNull("activation_fn_kwargs")) {
      requireSame(config, "k", config.below("activation_fn_kwargs"), "k", "activation_fn_kwargs.");
    }
    Config holder =
        legacy && !config.json().has("k") ? config.below("activation_fn_kwargs") : config;
    int k;
    if (holder.json().path("k").isDouble()) {
      // SAELens lets BatchTopK have a fraction of a feature on average.
      double number = holder.number("k");
      k = (int) number;
      if (k != number || k < 1) {
        throw holder.refused("k", "is " + number, "it must be a positive whole number");
      }
    } else {
      k = holder.positive("k");
    }
    if (k > features) {
      throw holder.refused(
          "k", "is " + k + " but d_sae is " + features, "at most all features can be active");
    }
    return k;
  }

  /// SAELens counts features up to the end of each dictionary, the whole one perhaps left out.
  private static List<Integer> groups(Config config, int features) throws FormatException {
    List<Integer> groups = new ArrayList<>();
    int before = 0;
    for (int end : config.positives("matryoshka_widths")) {
      if (end <= before || end > features) {
        throw config.refused(
            "matryoshka_widths",
            "has " + end + " after " + before,
            "widths must increase and end at d_sae, " + features);
      }
      groups.add(end - before);
      before = end;
    }
    if (before < features) {
      groups.add(features - before);
    }
    return groups;
  }

  /// In older files; a factor other than 1 was still to be multiplied with the codes.
  void requireOnes(Weight factors) throws FormatException {
    for (float factor : factors.values()) {
      if (Math.abs(factor - 1) > 1e-5) {
        throw config.refused(
            "finetuning_scaling_factor",
            "is false while the weights hold a scaling_factor of " + factor,
            "fold the factors into W_dec with SAELens before version 6");
      }
    }
  }

  /// What a flat configuration says of the model, under the names of version 6.
  static Map<String, JsonNode> legacyMetadata(ObjectNode flat) {
    Map<String, JsonNode> metadata = new LinkedHashMap<>();
    for (String name : OriginMetadata.FIELDS) {
      JsonNode value = flat.get(name);
      if (value != null && !value.isNull()) {
        metadata.put(name, value);
      }
    }
    return metadata;
  }
}
