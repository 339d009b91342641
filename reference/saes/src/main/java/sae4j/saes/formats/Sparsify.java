// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorData;
import sae4j.files.json.Config;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.formats.parts.OriginMetadata;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// The folder of one hook point of sparsify: `sae.safetensors` and `cfg.json`. All are TopK; a
/// transcoder reads x as it is, any other x − b_dec. Source: EleutherAI/sparsify, `sparse_coder.py`
/// and `config.py`.
///
/// sparsify does not say where activations came from. It drops fields of `cfg.json` that it does
/// not know, so [OriginMetadata] stands there in an object of its own.
public final class Sparsify implements SaeFormat {
  /// The weights.
  public static final String WEIGHTS = "sae.safetensors";

  private static final String CONFIG = "cfg.json";
  private static final int STANDARD_EXPANSION = 32;
  private static final int STANDARD_K = 32;

  /// Options of training; they change nothing afterwards. Older versions had signed features too,
  /// which changed much: those are refused.
  private static final Set<String> OF_TRAINING =
      Set.of("normalize_decoder", "multi_topk", "expansion_factor");

  /// Found by [java.util.ServiceLoader].
  public Sparsify() {}

  @Override
  public String name() {
    return "sparsify";
  }

  @Override
  public String meaning() {
    return "a folder with cfg.json and sae.safetensors";
  }

  @Override
  public boolean recognises(Path path) {
    return Files.exists(path.resolve(WEIGHTS));
  }

  @Override
  public SaeWeights read(Path folder) throws IOException {
    Config config = Config.read(folder.resolve(CONFIG), SaeFormats.GIVE_A_FOLDER);
    List<String> assumptions = new ArrayList<>();
    config.word("activation", "topk", List.of("topk"));
    if (config.flag("signed", false)) {
      throw config.refused("signed", "is true", "only features that are not negative are known");
    }
    boolean transcoder = config.flag("transcode", false);
    boolean skip = config.flag("skip_connection", false);
    int width = config.positive("d_in");
    int features = features(config, width);
    int k = config.positive("k", STANDARD_K);
    if (!config.mentions("k")) {
      assumptions.add("k is %d, sparsify's default: cfg.json does not say".formatted(k));
    }
    if (k > features) {
      throw config.refused(
          "k",
          "is " + k + " but there are " + features + " latents",
          "at most all features can be active");
    }
    Origin origin = origin(config, transcoder);
    config.nothingElseThan(OF_TRAINING);
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    try (Safetensors file = Safetensors.open(folder.resolve(WEIGHTS))) {
      NamedTensors tensors = new NamedTensors(file);
      Set<String> names = new TreeSet<>(Set.of("encoder.weight", "encoder.bias", "W_dec", "b_dec"));
      if (skip) {
        names.add("W_skip");
      }
      tensors.requireNames(names, Set.of());
      weights.put("W_enc", tensors.transposed("encoder.weight", width, features));
      weights.put("b_enc", tensors.weight("encoder.bias", features));
      weights.put("W_dec", tensors.weight("W_dec", features, width));
      weights.put("b_dec", tensors.weight("b_dec", width));
      if (skip) {
        weights.put("W_skip", tensors.weight("W_skip", width, width));
      }
    }
    return SaeWeights.builder(new Activation.TopK(k), weights)
        .transcoder(transcoder)
        .subtractsDecoderBias(!transcoder)
        .origin(origin)
        .source(new Source(name(), config.json(), Map.of(), assumptions))
        .build();
  }

  private static Origin origin(Config config, boolean transcoder) throws FormatException {
    if (!config.mentions(OriginMetadata.METADATA)) {
      return Origin.UNKNOWN;
    }
    Config metadata = config.below(OriginMetadata.METADATA);
    Origin origin = OriginMetadata.read(metadata);
    if (!transcoder) {
      OriginMetadata.requireSameHook(
          metadata, "topk SAE", origin.hookName(), OriginMetadata.PREDICTED);
    }
    metadata.nothingElseThan(Set.copyOf(OriginMetadata.FIELDS));
    return origin;
  }

  /// `num_latents`, or where that is 0 or missing, `expansion_factor` times the width.
  private static int features(Config config, int width) throws FormatException {
    JsonNode latents = config.json().path("num_latents");
    boolean open = latents.isInt() && latents.intValue() == 0;
    if (config.mentions("num_latents") && !open) {
      return config.positive("num_latents");
    }
    long expansion = config.positive("expansion_factor", STANDARD_EXPANSION);
    long features = expansion * width;
    if (features > Integer.MAX_VALUE) {
      throw config.refused(
          "expansion_factor",
          "is " + expansion + ", which makes " + features + " latents",
          "it must be smaller");
    }
    return (int) features;
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (!(weights.activation() instanceof Activation.TopK)) {
      return Optional.of("it has topk alone");
    }
    if (weights.normalisation() != Normalisation.NONE) {
      return Optional.of("it normalises no token");
    }
    return weights.width() == weights.outputWidth()
        ? Optional.empty()
        : Optional.of("what is read and what is reconstructed must be equally wide");
  }

  @Override
  public List<String> write(Path folder, SaeWeights given) throws IOException {
    Folding folding = new Folding(given).scales().decoderNorms().subtraction(!given.transcoder());
    SaeWeights weights = folding.weights();
    List<TensorData> tensors = new ArrayList<>();
    tensors.add(weights.tensor("W_enc").transposed().data("encoder.weight"));
    tensors.add(weights.tensor("b_enc").data("encoder.bias"));
    tensors.add(weights.tensor("W_dec").data("W_dec"));
    tensors.add(weights.tensor("b_dec").data("b_dec"));
    if (weights.hasSkip()) {
      tensors.add(weights.tensor("W_skip").data("W_skip"));
    }
    NewFile.folder(folder);
    Safetensors.write(folder.resolve(WEIGHTS), Map.of(), tensors);
    Config.write(folder.resolve(CONFIG), config(weights));
    return folding.notes();
  }

  private ObjectNode config(SaeWeights weights) throws IOException {
    ObjectNode config = weights.source().configFor(name());
    if (config.isEmpty()) {
      config.put("activation", "topk");
      config.put("expansion_factor", Math.max(1, weights.features() / weights.width()));
      config.put("normalize_decoder", true);
      config.put("num_latents", weights.features());
      config.put("k", weights.k());
      config.put("multi_topk", false);
      config.put("skip_connection", weights.hasSkip());
      config.put("transcode", weights.transcoder());
      config.put("d_in", weights.width());
    }
    if (!weights.origin().equals(Origin.UNKNOWN)) {
      OriginMetadata.write(config.withObjectProperty(OriginMetadata.METADATA), weights.origin());
    }
    return config;
  }
}
