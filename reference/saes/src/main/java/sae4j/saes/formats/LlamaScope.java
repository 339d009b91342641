// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.json.Config;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// Llama Scope's folder: `hyperparams.json` and `checkpoints/final.safetensors`. One threshold
/// serves all features; activations are multiplied with √D/(their mean norm in the data), which the
/// file keeps. Source: OpenMOSS/Language-Model-SAEs of October 2024, `sae.py` and `config.py`; He
/// et al. 2024, [arXiv 2410.20526](https://arxiv.org/abs/2410.20526).
///
/// What is computed is what the tool's `from_pretrained` makes of such files: it moves the scales a
/// (of what is read) and b (of what is reconstructed) into the weights, then the decoder norms if
/// `sparsity_include_decoder_norm` says so, and compares with θ what that gives. A pre-activation p
/// of scaled activations is therefore compared as p·‖W_dec‖/b, or else as p/a. Activations of
/// features are given as p·‖W_dec‖ or p, without the scale.
public final class LlamaScope implements SaeFormat {
  private static final String CONFIG = "hyperparams.json";
  private static final String WEIGHTS = "final.safetensors";
  private static final String FOLDER = "checkpoints";
  private static final String IN_FOLDER = FOLDER + "/" + WEIGHTS;
  private static final Set<String> NAMES =
      Set.of("encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias");

  /// What training was told, and where it ran; they change nothing afterwards.
  private static final Set<String> OF_TRAINING =
      Set.of(
          "seed",
          "device",
          "exp_name",
          "exp_series",
          "exp_result_path",
          "expansion_factor",
          "bias_init_method",
          "decoder_exactly_fixed_norm",
          "init_decoder_norm",
          "init_encoder_norm",
          "init_encoder_with_decoder_transpose",
          "lp",
          "l1_coefficient",
          "l1_coefficient_warmup_steps",
          "top_k",
          "k_warmup_steps",
          "use_batch_norm_mse",
          "use_ghost_grads",
          "tp_size",
          "ddp_size",
          "jump_relu_threshold",
          "sae_pretrained_name_or_path",
          "strict_loading");

  /// Found by [java.util.ServiceLoader].
  public LlamaScope() {}

  @Override
  public String name() {
    return "llama-scope";
  }

  @Override
  public String meaning() {
    return "a folder with hyperparams.json and checkpoints/final.safetensors";
  }

  @Override
  public boolean recognises(Path path) {
    return Files.exists(path.resolve(CONFIG));
  }

  @Override
  public SaeWeights read(Path folder) throws IOException {
    Config config = Config.read(folder.resolve(CONFIG), SaeFormats.GIVE_A_FOLDER);
    int width = config.positive("d_model");
    int features = config.positive("d_sae");
    Activation activation = activation(config, features);
    requirePlainForm(config);
    config.word("dtype", "torch.float32", DTYPES);
    String norm =
        config.word("norm_activation", "token-wise", List.of("none", "token-wise", "dataset-wise"));
    String hookIn = config.text("hook_point_in");
    String hookOut = config.text("hook_point_out");
    if (hookIn == null && hookOut != null) {
      throw config.refused(
          "hook_point_in",
          "is " + config.found("hook_point_in") + " while hook_point_out is there",
          "the two say whether it is a transcoder: give both, or neither");
    }
    boolean transcoder = hookOut != null && !hookOut.equals(hookIn);
    Config norms =
        norm.equals("dataset-wise") ? config.below("dataset_average_activation_norm") : config;
    double in = norm.equals("dataset-wise") ? scale(norms, "in", width) : 1;
    double out = norm.equals("dataset-wise") ? scale(norms, "out", width) : 1;
    config.has("dataset_average_activation_norm");
    boolean subtracts = config.flag("apply_decoder_bias_to_pre_encoder", true);
    boolean byNorm = config.flag("sparsity_include_decoder_norm", true);
    if (transcoder && norm.equals("token-wise")) {
      throw config.refused(
          "norm_activation",
          "is 'token-wise' in a transcoder, whose output has a norm of its own",
          "only none and dataset-wise are understood there");
    }
    if (transcoder && subtracts && in != out) {
      throw config.refused(
          "apply_decoder_bias_to_pre_encoder",
          "is true in a transcoder with other norms in than out",
          "the tool subtracts another bias in training than afterwards; fold it into"
              + " encoder.bias and set it false");
    }
    config.nothingElseThan(OF_TRAINING);
    double thresholdScale = byNorm ? out : in;
    return SaeWeights.builder(
            activation, tensors(folder, config, activation, width, features, thresholdScale))
        .transcoder(transcoder)
        .subtractsDecoderBias(subtracts)
        .rescalesByDecoderNorm(byNorm)
        .normalisation(norm.equals("token-wise") ? Normalisation.CONSTANT_NORM : Normalisation.NONE)
        .scales(in, out)
        .origin(new Origin(null, hookIn, transcoder ? hookOut : null, null))
        .source(
            new Source(
                name(),
                config.json(),
                Map.of(),
                assumptions(activation, byNorm, norm.equals("dataset-wise"))))
        .build();
  }

  /// The tool's training applies the file as it is.
  private static List<String> assumptions(Activation activation, boolean byNorm, boolean scaled) {
    if (!(activation instanceof Activation.JumpRelu) || !(byNorm || scaled)) {
      return List.of();
    }
    return List.of(
        ("jump_relu_threshold is compared with what comes out when %s folded, as in the tool's"
                + " from_pretrained; its training compares pre-activations as they are")
            .formatted(
                !byNorm
                    ? "the scales are"
                    : scaled ? "scales and decoder norms are" : "decoder norms are"));
  }

  private static final List<String> DTYPES =
      List.of("torch.float32", "torch.float16", "torch.bfloat16");

  private static Activation activation(Config config, int features) throws FormatException {
    return switch (config.word("act_fn", "relu", List.of("relu", "topk", "jumprelu"))) {
      case "jumprelu" -> new Activation.JumpRelu();
      case "topk" -> {
        int k = config.positive("top_k");
        if (k > features) {
          throw config.refused(
              "top_k",
              "is " + k + " but d_sae is " + features,
              "at most all features can be active");
        }
        yield new Activation.TopK(k);
      }
      default -> new Activation.Relu();
    };
  }

  private static void requirePlainForm(Config config) throws FormatException {
    if (config.flag("use_glu_encoder", false)) {
      throw config.refused("use_glu_encoder", "is true", "only linear encoders are understood");
    }
    if (!config.flag("use_decoder_bias", true)) {
      throw config.refused("use_decoder_bias", "is false", "give an SAE with a decoder bias");
    }
  }

  private static double scale(Config norms, String side, int width) throws FormatException {
    double norm = norms.number(side);
    double scale = Math.sqrt(width) / norm;
    if (norm <= 0 || !Units.isScale(scale)) {
      throw norms.refused(side, "is " + norm, "a mean norm is a positive float32");
    }
    return scale;
  }

  private static SequencedMap<String, Weight> tensors(
      Path folder,
      Config config,
      Activation activation,
      int width,
      int features,
      double thresholdScale)
      throws IOException {
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    Path inFolder = folder.resolve(IN_FOLDER);
    try (Safetensors file =
        Safetensors.open(Files.exists(inFolder) ? inFolder : folder.resolve(WEIGHTS))) {
      NamedTensors tensors = new NamedTensors(file);
      tensors.requireNames(NAMES, Set.of());
      weights.put("W_enc", tensors.transposed("encoder.weight", width, features));
      weights.put("b_enc", tensors.weight("encoder.bias", features));
      weights.put("W_dec", tensors.transposed("decoder.weight", features, width));
      weights.put("b_dec", tensors.weight("decoder.bias", width));
    }
    if (activation instanceof Activation.JumpRelu) {
      double threshold = config.number("jump_relu_threshold");
      if (threshold < 0 || !Float.isFinite((float) threshold)) {
        throw config.refused(
            "jump_relu_threshold", "is " + threshold, "it must be a float32, 0 or more");
      }
      if (!Float.isFinite((float) (threshold * thresholdScale))) {
        throw config.refused(
            "jump_relu_threshold",
            "is %s, and %s in the units of the file's weights"
                .formatted(threshold, threshold * thresholdScale),
            "it must be a float32 there too");
      }
      weights.put("threshold", Weight.constant(threshold * thresholdScale, features));
    }
    return weights;
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (weights.hasSkip()) {
      return Optional.of("it has no skip connections");
    }
    if (weights.width() != weights.outputWidth()) {
      return Optional.of("what is read and what is reconstructed must be equally wide");
    }
    String read = weights.origin().hookName();
    String predicted = weights.origin().outputHookName();
    if (weights.transcoder()
        && (read == null || predicted == null || Objects.equals(read, predicted))) {
      return Optional.of("a transcoder shows by its two hook points, which are not known");
    }
    boolean perToken = weights.normalisation() == Normalisation.CONSTANT_NORM;
    if (weights.normalisation() == Normalisation.LAYER_NORM || (perToken && weights.transcoder())) {
      return Optional.of("it does not have this normalisation");
    }
    return switch (weights.activation()) {
      case Activation.Gated gated -> Optional.of("it has no gated SAEs");
      case Activation.JumpRelu jumpRelu when !oneThreshold(weights.tensor("threshold")) ->
          Optional.of("it has one threshold of 0 or more for all features, and here they differ");
      case Activation.BatchTopK one when weights.tensor("threshold").values()[0] < 0 ->
          Optional.of("training has not set its threshold yet");
      case Activation.Matryoshka one when weights.tensor("threshold").values()[0] < 0 ->
          Optional.of("training has not set its threshold yet");
      case Activation.Relu _,
          Activation.TopK _,
          Activation.SignedTopK _,
          Activation.AbsTopK _,
          Activation.BatchTopK _,
          Activation.Matryoshka _,
          Activation.JumpRelu _,
          Activation.Own _ ->
          Optional.empty();
    };
  }

  private static boolean oneThreshold(Weight threshold) {
    for (float each : threshold.values()) {
      if (each != threshold.values()[0] || each < 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public List<String> write(Path folder, SaeWeights given) throws IOException {
    Folding folding = new Folding(given);
    if (!given.source().format().equals(name())) {
      folding.scales();
      if (!(given.activation() instanceof Activation.TopK)) {
        folding.decoderNorms().thresholdEach();
      }
    }
    SaeWeights weights = folding.weights();
    NewFile.folder(folder.resolve(FOLDER));
    Safetensors.write(
        folder.resolve(IN_FOLDER),
        Map.of(),
        List.of(
            weights.tensor("W_enc").transposed().data("encoder.weight"),
            weights.tensor("b_enc").data("encoder.bias"),
            weights.tensor("W_dec").transposed().data("decoder.weight"),
            weights.tensor("b_dec").data("decoder.bias")));
    Config.write(folder.resolve(CONFIG), config(weights));
    return folding.notes();
  }

  private ObjectNode config(SaeWeights weights) {
    ObjectNode config = weights.source().configFor(name());
    if (!config.isEmpty()) {
      return config;
    }
    config.put("hook_point_in", weights.origin().hookName());
    config.put(
        "hook_point_out",
        weights.transcoder() ? weights.origin().outputHookName() : weights.origin().hookName());
    config.put("use_decoder_bias", true);
    config.put("apply_decoder_bias_to_pre_encoder", weights.subtractsDecoderBias());
    config.put("expansion_factor", Math.max(1, weights.features() / weights.width()));
    config.put("d_model", weights.width());
    config.put("d_sae", weights.features());
    config.put(
        "act_fn",
        weights.activation().architecture()); // relu, topk and jumprelu are called so there too
    config.put(
        "norm_activation",
        weights.normalisation() == Normalisation.CONSTANT_NORM ? "token-wise" : "none");
    config.put("sparsity_include_decoder_norm", weights.rescalesByDecoderNorm());
    config.put("use_glu_encoder", false);
    config.put("dtype", "torch." + NamedTensors.torchName(weights.tensor("W_dec").dtype()));
    if (weights.activation() instanceof Activation.JumpRelu) {
      config.put("jump_relu_threshold", weights.tensor("threshold").values()[0]);
    }
    if (weights.activation() instanceof Activation.TopK(int k)) {
      config.put("top_k", k);
    }
    return config;
  }
}
