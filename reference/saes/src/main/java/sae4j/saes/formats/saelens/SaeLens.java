// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats.saelens;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.Shape;
import sae4j.files.TensorData;
import sae4j.files.json.Config;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.saes.architectures.MatchingPursuitSae;
import sae4j.saes.formats.SaeFormat;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.formats.Sparsify;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.formats.parts.OriginMetadata;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// SAELens' folder: `cfg.json`, `sae_weights.safetensors`, and perhaps `sparsity.safetensors` and
/// `activation_scaler.json`. Read are those of version 6, for inference and from training, and the
/// flat configurations before it; written are those of version 6 for inference. Source: SAELens
/// 6.18, `saes/sae.py` and `loading/pretrained_sae_loaders.py`.
public final class SaeLens implements SaeFormat {
  private static final String CONFIG = "cfg.json";
  private static final String WEIGHTS = "sae_weights.safetensors";
  private static final String SPARSITY = "sparsity.safetensors";
  private static final String SCALER = "activation_scaler.json";
  private static final String WHITENING = "activation_whitening.safetensors";
  private static final String VERSION = "6.18.0";

  /// Found by [java.util.ServiceLoader].
  public SaeLens() {}

  @Override
  public String name() {
    return "saelens";
  }

  @Override
  public String meaning() {
    return "a folder with cfg.json and sae_weights.safetensors";
  }

  @Override
  public boolean recognises(Path path) {
    return Files.exists(path.resolve(WEIGHTS))
        || (Files.exists(path.resolve(CONFIG)) && !Files.exists(path.resolve(Sparsify.WEIGHTS)));
  }

  @Override
  public SaeWeights read(Path folder) throws IOException {
    Config config = Config.read(folder.resolve(CONFIG), SaeFormats.GIVE_A_FOLDER);
    SaeLensConfig described = SaeLensConfig.read(config);
    if (Files.exists(folder.resolve(WHITENING))) {
      throw new FormatException(
          folder,
          WHITENING,
          "says that activations were whitened, which is not read",
          "give the final checkpoint, into whose weights SAELens folds it");
    }
    Path weights = folder.resolve(WEIGHTS);
    if (!Files.exists(weights)) {
      throw new FormatException(
          folder, WEIGHTS, "is missing", "give a folder that holds " + CONFIG + " and " + WEIGHTS);
    }
    SequencedMap<String, Weight> tensors;
    try (Safetensors file = Safetensors.open(weights)) {
      tensors = tensors(new NamedTensors(file), described);
    }
    double scale = scale(folder, config, described.scaled());
    return SaeWeights.builder(described.activation(), tensors)
        .transcoder(described.transcoder())
        .subtractsDecoderBias(described.subtractsDecoderBias())
        .rescalesByDecoderNorm(described.rescalesByDecoderNorm())
        .normalisation(described.normalisation())
        .scales(scale, scale)
        .origin(described.origin())
        .source(
            new Source(
                name(),
                config.json(),
                sparsity(folder, described.features()),
                described.assumptions()))
        .build();
  }

  private static SequencedMap<String, Weight> tensors(NamedTensors file, SaeLensConfig described)
      throws IOException {
    SequencedMap<String, Shape> shapes =
        SaeWeights.shapes(
            described.activation(),
            described.width(),
            described.features(),
            described.outputWidth(),
            described.skip());
    Set<String> names = new LinkedHashSet<>(shapes.keySet());
    String threshold = "threshold";
    Shape ofThreshold = shapes.get(threshold);
    if (ofThreshold != null) {
      // training keeps it under other names
      threshold =
          ofThreshold.rank() == 0
              ? "topk_threshold"
              : file.has("log_threshold") && !file.has(threshold) ? "log_threshold" : threshold;
      names.remove("threshold");
      names.add(threshold);
    }
    file.requireNames(names, described.legacy() ? Set.of("scaling_factor") : Set.of());
    if (file.has("scaling_factor")) {
      described.requireOnes(file.weight("scaling_factor", described.features()));
    }
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, Shape> each : shapes.entrySet()) {
      boolean renamed = each.getKey().equals("threshold");
      Weight read = file.weight(renamed ? threshold : each.getKey(), each.getValue().sizes());
      tensors.put(
          each.getKey(),
          threshold.equals("log_threshold") && renamed
              ? read.with((log, one, f) -> Math.exp(log))
              : read);
    }
    return tensors;
  }

  private static Map<String, TensorData> sparsity(Path folder, int features) throws IOException {
    Path file = folder.resolve(SPARSITY);
    if (!Files.exists(file)) {
      return Map.of();
    }
    try (Safetensors stored = Safetensors.open(file)) {
      NamedTensors tensors = new NamedTensors(stored);
      tensors.requireNames(Set.of("sparsity"), Set.of());
      return Map.of("sparsity", tensors.weight("sparsity", features).data("sparsity"));
    }
  }

  /// What activations were multiplied with, where that has not been folded into the weights yet.
  private static double scale(Path folder, Config config, boolean scaled) throws IOException {
    Path file = folder.resolve(SCALER);
    @Nullable Config scaler =
        Files.exists(file) ? Config.read(file, SaeFormats.GIVE_A_FOLDER) : null;
    boolean known = scaler != null && scaler.has("scaling_factor");
    if (scaler != null) {
      scaler.nothingElseThan(Set.of());
    }
    if (scaled && (scaler == null || !known)) {
      throw config.refused(
          "normalize_activations",
          "is 'expected_average_only_in' but " + SCALER + " does not say the factor",
          "fold it into the weights first, with SAELens' fold_activation_norm_scaling_factor");
    }
    if (scaler == null || !known) {
      return 1;
    }
    double factor = scaler.number("scaling_factor");
    if (!scaled || !Units.isScale(factor)) {
      throw scaler.refused(
          "scaling_factor",
          "is %s while %s says %s"
              .formatted(factor, CONFIG, scaled ? "that activations are scaled" : "that none is"),
          "it must be a positive factor of expected_average_only_in");
    }
    return factor;
  }

  /// It knows the codes of matching pursuit, but no scale of activations that belongs to them.
  @Override
  public Optional<String> refusal(SaeWeights weights) {
    if (weights.hooks().several()
        || MatchingPursuitSae.Options.of(weights.activation()).isEmpty()) {
      return SaeFormat.super.refusal(weights);
    }
    return weights.inputScale() == 1 && weights.outputScale() == 1
        ? Optional.empty()
        : Optional.of("its matching pursuit takes activations as they are, not scaled");
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    Activation activation = weights.activation();
    boolean batch =
        activation instanceof Activation.BatchTopK || activation instanceof Activation.Matryoshka;
    if (weights.transcoder()
        && (activation instanceof Activation.TopK || activation instanceof Activation.Gated)) {
      return Optional.of("its transcoders are relu and jumprelu");
    }
    if (weights.hasSkip() && !weights.transcoder()) {
      return Optional.of("only its transcoders have a skip connection");
    }
    if (weights.transcoder() && weights.normalisation() != Normalisation.NONE) {
      return Optional.of("its transcoders undo no normalisation");
    }
    if (batch && weights.tensor("threshold").values()[0] < 0) {
      return Optional.of("training has not set its threshold yet, which inference needs");
    }
    return Optional.empty();
  }

  @Override
  public List<String> write(Path folder, SaeWeights given) throws IOException {
    Folding folding = new Folding(given).scales();
    if (!(given.activation() instanceof Activation.TopK)) {
      folding.decoderNorms().thresholdEach();
    }
    if (given.transcoder()) {
      folding.subtraction(false);
    }
    SaeWeights weights = folding.weights();
    NewFile.folder(folder);
    List<TensorData> tensors = new ArrayList<>();
    weights.tensors().forEach((name, weight) -> tensors.add(weight.data(name)));
    Safetensors.write(folder.resolve(WEIGHTS), Map.of(), tensors);
    Map<String, TensorData> further = weights.source().tensorsFor(name());
    if (!further.isEmpty()) {
      Safetensors.write(folder.resolve(SPARSITY), Map.of(), List.copyOf(further.values()));
    }
    Config.write(folder.resolve(CONFIG), config(weights));
    return folding.notes();
  }

  private ObjectNode config(SaeWeights weights) throws IOException {
    ObjectNode config = Config.empty();
    config.put("d_in", weights.width());
    config.put("d_sae", weights.features());
    config.put("dtype", NamedTensors.torchName(weights.tensor("W_dec").dtype()));
    config.put("device", "cpu");
    config.put("apply_b_dec_to_input", weights.subtractsDecoderBias());
    config.put(
        "normalize_activations",
        switch (weights.normalisation()) {
          case NONE -> "none";
          case LAYER_NORM -> "layer_norm";
          case CONSTANT_NORM -> "constant_norm_rescale";
        });
    ObjectNode before = weights.source().configFor(name());
    config.put("reshape_activations", before.path("reshape_activations").asText("none"));
    config.set(OriginMetadata.METADATA, metadata(weights.origin(), before));
    if (weights.transcoder()) {
      config.put("d_out", weights.outputWidth());
    }
    if (weights.activation() instanceof Activation.TopK(int k)) {
      config.put("k", k);
      config.put("rescale_acts_by_decoder_norm", weights.rescalesByDecoderNorm());
    }
    MatchingPursuitSae.Options.of(weights.activation())
        .ifPresent(
            options -> {
              config.put("max_iterations", options.rounds());
              config.put("residual_threshold", options.residualThreshold());
              config.put("stop_on_duplicate_support", options.stopsAtRepeat());
            });
    config.put("architecture", architecture(weights));
    return config;
  }

  private static ObjectNode metadata(Origin origin, ObjectNode before) throws IOException {
    ObjectNode metadata = Config.empty();
    metadata.put("sae_lens_version", VERSION);
    metadata.put("sae_lens_training_version", VERSION);
    if (before.get(OriginMetadata.METADATA) instanceof ObjectNode known) {
      metadata.setAll(known);
    } else {
      SaeLensConfig.legacyMetadata(before).forEach(metadata::set);
    }
    OriginMetadata.write(metadata, origin);
    return metadata;
  }

  private static String architecture(SaeWeights weights) {
    boolean jumps = weights.activation() instanceof Activation.JumpRelu;
    if (weights.transcoder()) {
      return (jumps ? "jumprelu_" : "") + (weights.hasSkip() ? "skip_" : "") + "transcoder";
    }
    String ours = weights.activation().architecture();
    return weights.activation() instanceof Activation.Relu
        ? "standard"
        : ours.equals(MatchingPursuitSae.NAME) ? SaeLensConfig.PURSUIT : ours;
  }
}
