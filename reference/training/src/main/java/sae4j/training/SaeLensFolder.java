package sae4j.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sae4j.activations.FormatException;
import sae4j.activations.files.AtomicWrite;
import sae4j.activations.files.Safetensors;
import sae4j.activations.files.StoredTensor;
import sae4j.activations.files.TensorData;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// A trained SAE as SAELens 6 writes and reads it: a folder with `cfg.json` and
/// `sae_weights.safetensors`.
public final class SaeLensFolder {
  private static final String CONFIG = "cfg.json";
  private static final String WEIGHTS = "sae_weights.safetensors";
  private static final String SAE_LENS_VERSION = "6.18.0";
  private static final JsonMapper JSON = new JsonMapper();

  private SaeLensFolder() {}

  /// Where an SAE's activations came from, for whoever loads it.
  ///
  /// @param modelName the language model, or null
  /// @param hookName the hook point in TransformerLens' naming, or null
  public record Origin(@Nullable String modelName, @Nullable String hookName) {}

  /// A loaded SAE and where its activations came from.
  public record Loaded(Sae sae, Origin origin) {}

  /// Writes an SAE into a folder, replacing one that is there; other files in the folder stay.
  ///
  /// @param sae trained on activations that were multiplied with `scale`
  /// @param scale is folded into the weights: W_enc·s, W_dec/s, b_dec/s, so that the saved SAE
  ///     takes activations as they are
  public static void save(Path folder, Sae sae, double scale, Origin origin) throws IOException {
    Files.createDirectories(folder);
    List<TensorData> tensors = new ArrayList<>();
    sae.parameters()
        .forEach(
            (name, tensor) -> {
              double factor =
                  switch (name) {
                    case "W_enc" -> scale;
                    case "W_dec", "b_dec" -> 1 / scale;
                    default -> 1;
                  };
              TensorRows rows = new TensorRows(tensor, factor);
              if (isVector(name)) {
                float[] values = new float[tensor.columns()];
                rows.read(0, values);
                tensors.add(TensorData.floats(name, values, values.length));
              } else {
                tensors.add(TensorData.rows(name, tensor.rows(), tensor.columns(), rows));
              }
            });
    Safetensors.write(folder.resolve(WEIGHTS), Map.of(), tensors);
    byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config(sae, origin));
    AtomicWrite.file(folder.resolve(CONFIG), channel -> channel.write(ByteBuffer.wrap(json)));
  }

  private static ObjectNode config(Sae sae, Origin origin) {
    ObjectNode config = JSON.createObjectNode();
    config.put("d_in", sae.activationDim());
    config.put("d_sae", sae.dictSize());
    config.put("dtype", "float32");
    config.put("device", "cpu");
    config.put("apply_b_dec_to_input", sae.subtractsDecoderBias());
    config.put("normalize_activations", "none");
    config.put("reshape_activations", "none");
    ObjectNode metadata = config.putObject("metadata");
    metadata.put("sae_lens_version", SAE_LENS_VERSION);
    metadata.put("sae_lens_training_version", SAE_LENS_VERSION);
    if (origin.modelName != null) {
      metadata.put("model_name", origin.modelName);
    }
    if (origin.hookName != null) {
      metadata.put("hook_name", origin.hookName);
    }
    switch (sae) {
      case TopKSae topK -> {
        config.put("k", topK.k());
        config.put("rescale_acts_by_decoder_norm", false);
        config.put("architecture", "topk");
      }
      default -> config.put("architecture", "standard");
    }
    return config;
  }

  /// Reads an SAE, strictly: an architecture, an option or a tensor that is not understood is
  /// refused by name.
  ///
  /// @throws IOException if the folder holds no SAE that this can read
  public static Loaded load(Path folder, Backend backend) throws IOException {
    Path configFile = folder.resolve(CONFIG);
    Config config = new Config(configFile, readJson(configFile));
    Sae sae = empty(config, backend);
    Path weights = folder.resolve(WEIGHTS);
    if (!Files.exists(weights)) {
      throw new FormatException(
          folder, WEIGHTS, "is missing", "give a folder that holds " + CONFIG + " and " + WEIGHTS);
    }
    try (Safetensors stored = Safetensors.open(weights)) {
      requireNames(weights, stored, sae.parameters().keySet());
      for (Map.Entry<String, Tensor> parameter : sae.parameters().entrySet()) {
        Tensor target = parameter.getValue();
        StoredTensor values = stored.tensor(parameter.getKey()).withFloats().withFiniteValues();
        if (isVector(parameter.getKey())) {
          values.withShape(target.columns());
        } else {
          values.withShape(target.rows(), target.columns());
        }
        backend.assign(
            target.storage(), backend.upload(target.rows(), target.columns(), values.floats()));
      }
    }
    JsonNode metadata = config.json.path("metadata");
    return new Loaded(
        sae,
        new Origin(
            metadata.path("model_name").textValue(), metadata.path("hook_name").textValue()));
  }

  /// An SAE of the configured architecture and sizes, its weights still to be read.
  private static Sae empty(Config config, Backend backend) throws FormatException {
    boolean topK =
        config.oneOf("architecture", "standard", List.of("standard", "topk")).equals("topk");
    config.oneOf("normalize_activations", "none", List.of("none"));
    config.oneOf("reshape_activations", "none", List.of("none"));
    if (config.flag("rescale_acts_by_decoder_norm", false)) {
      throw new FormatException(
          config.file,
          "rescale_acts_by_decoder_norm",
          "is true",
          "fold the decoder norms into the weights first");
    }
    int features = config.positive("d_sae");
    String subtracts = Boolean.toString(config.flag("apply_b_dec_to_input", true));
    Map<String, String> settings = new TreeMap<>(Map.of("subtract-decoder-bias", subtracts));
    int k = topK ? config.positive("k") : 1;
    if (topK) {
      settings.put("k", Integer.toString(k));
    }
    if (k > features) {
      throw new FormatException(
          config.file,
          "k",
          "is " + k + " but d_sae is " + features,
          "at most all features can be active");
    }
    SaeOptions options = new SaeOptions(topK ? "topk" : "relu", features, settings);
    return Architectures.create(config.positive("d_in"), options, backend, 0);
  }

  private static boolean isVector(String name) {
    return name.startsWith("b_");
  }

  private static void requireNames(Path weights, Safetensors stored, Set<String> expected)
      throws FormatException {
    Set<String> extra = new TreeSet<>();
    stored.tensors().forEach(tensor -> extra.add(tensor.name()));
    Set<String> missing = new TreeSet<>(expected);
    missing.removeAll(extra);
    extra.removeAll(expected);
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new FormatException(
          weights,
          "tensors",
          "missing " + missing + ", unexpected " + extra,
          "the architecture in " + CONFIG + " must be the one of the weights");
    }
  }

  private static JsonNode readJson(Path file) throws IOException {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException missing) {
      throw new FormatException(
          file, "file", "is missing", "give the folder of a trained SAE", missing);
    } catch (JsonProcessingException malformed) {
      throw new FormatException(
          file, "JSON", malformed.getOriginalMessage(), "repair the file", malformed);
    }
  }

  /// The fields of `cfg.json`, each checked as it is read.
  private record Config(Path file, JsonNode json) {
    String oneOf(String field, String absent, List<String> understood) throws FormatException {
      JsonNode value = json.path(field);
      String text = value.isMissingNode() ? absent : value.asText();
      if (!understood.contains(text)) {
        throw new FormatException(
            file, field, "is '" + text + "'", "understood: " + String.join(", ", understood));
      }
      return text;
    }

    boolean flag(String field, boolean absent) throws FormatException {
      JsonNode value = json.path(field);
      if (!value.isMissingNode() && !value.isBoolean()) {
        throw new FormatException(file, field, "is " + value, "it must be true or false");
      }
      return value.asBoolean(absent);
    }

    int positive(String field) throws FormatException {
      JsonNode value = json.path(field);
      if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() <= 0) {
        throw new FormatException(
            file,
            field,
            "is " + (value.isMissingNode() ? "missing" : value),
            "it must be a positive whole number");
      }
      return value.intValue();
    }
  }
}
