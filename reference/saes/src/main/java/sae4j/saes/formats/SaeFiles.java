package sae4j.saes.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import sae4j.saes.Activation;
import sae4j.saes.Architectures;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.architectures.BatchTopKSae;
import sae4j.saes.architectures.GatedSae;
import sae4j.saes.architectures.JumpReluSae;
import sae4j.saes.architectures.MatryoshkaSae;
import sae4j.saes.architectures.TopKSae;
import sae4j.saes.architectures.Transcoder;
import sae4j.saes.parts.InputNormalisation;
import sae4j.saes.parts.NormalisedSae;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Normalisation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// SAEs that compute, from files and into them.
public final class SaeFiles {

  private SaeFiles() {}

  /// A loaded SAE and where its activations came from.
  public record Loaded(Sae sae, Origin origin) {}

  /// Reads an SAE in any format of [SaeFormats].
  ///
  /// @throws IOException if there is no SAE at the path that can be read
  public static Loaded load(Path path, Backend backend) throws IOException {
    SaeWeights weights = SaeFormats.read(path);
    return new Loaded(sae(weights, backend), weights.origin());
  }

  /// Writes an SAE into a folder as [#save(Path, SaeWeights)] does.
  ///
  /// @param sae trained on activations that were multiplied with `scale`
  /// @param scale is folded into the weights, so that the saved SAE takes activations as they are
  /// @throws InexpressibleException if no tool has a form for it
  public static void save(Path folder, Sae sae, double scale, Origin origin) throws IOException {
    save(folder, weights(sae, scale, origin));
  }

  /// Writes an SAE into a folder, replacing one that is there; other files in the folder stay. It
  /// is written as SAELens reads it or, being a transcoder with a top-k, for which SAELens has no
  /// form, as sparsify does.
  ///
  /// @throws InexpressibleException if neither has a form for it
  public static void save(Path folder, SaeWeights weights) throws IOException {
    SaeFormats.write(formatOf(weights), folder, weights);
  }

  private static SaeFormat formatOf(SaeWeights weights) {
    SaeFormat saeLens = SaeFormats.named("saelens");
    SaeFormat sparsify = SaeFormats.named("sparsify");
    boolean fallsBack =
        weights.transcoder()
            && saeLens.refusal(weights).isPresent()
            && sparsify.refusal(weights).isEmpty();
    return fallsBack ? sparsify : saeLens;
  }

  /// The weights of an SAE.
  ///
  /// @param scale what activations are multiplied with before they reach it
  public static SaeWeights weights(Sae sae, double scale, Origin origin) {
    return weights(sae, scale, scale, origin);
  }

  /// The weights of an SAE.
  ///
  /// @param scale what activations are multiplied with before they reach it
  /// @param targetScale what those that it reconstructs were multiplied with
  public static SaeWeights weights(Sae sae, double scale, double targetScale, Origin origin) {
    Sae inner = sae instanceof NormalisedSae normalised ? normalised.inner() : sae;
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    inner.parameters().forEach((name, tensor) -> tensors.put(name, weight(name, tensor)));
    if (tensors.containsKey("W_skip")) {
      tensors.computeIfPresent("W_skip", (name, skip) -> skip.transposed());
    }
    Tensor threshold = inner.buffers().get("threshold");
    if (threshold != null) {
      tensors.put("threshold", Weight.of(weight("threshold", threshold).values()));
    }
    return SaeWeights.builder(activation(inner), tensors)
        .transcoder(inner instanceof Transcoder)
        .subtractsDecoderBias(inner.subtractsDecoderBias())
        .normalisation(normalisation(sae))
        .scales(scale, targetScale)
        .origin(origin)
        .build();
  }

  private static Activation activation(Sae sae) {
    return switch (sae) {
      case TopKSae topK -> new Activation.TopK(topK.k());
      case BatchTopKSae batchTopK -> new Activation.BatchTopK(batchTopK.k());
      case MatryoshkaSae matryoshka ->
          new Activation.Matryoshka(matryoshka.k(), differences(matryoshka.widths()));
      case JumpReluSae jumpRelu -> new Activation.JumpRelu();
      case GatedSae gated -> new Activation.Gated();
      case Transcoder transcoder ->
          switch (transcoder.activation()) {
            case "topk" -> new Activation.TopK(transcoder.k());
            case "jumprelu" -> new Activation.JumpRelu();
            default -> new Activation.Relu();
          };
      // ReLU however it was trained
      default -> new Activation.Relu();
    };
  }

  private static List<Integer> differences(List<Integer> widths) {
    List<Integer> differences = new ArrayList<>();
    int before = 0;
    for (int width : widths) {
      differences.add(width - before);
      before = width;
    }
    return differences;
  }

  private static Normalisation normalisation(Sae sae) {
    return !(sae instanceof NormalisedSae normalised)
        ? Normalisation.NONE
        : switch (normalised.normalisation()) {
          case LAYER_NORM -> Normalisation.LAYER_NORM;
          case CONSTANT_NORM -> Normalisation.CONSTANT_NORM;
          case NONE, EXPECTED_AVERAGE -> Normalisation.NONE;
        };
  }

  private static Weight weight(String name, Tensor tensor) {
    float[] values = tensor.toFloats();
    return name.startsWith("W_")
        ? Weight.of(values, tensor.rows(), tensor.columns())
        : Weight.of(values, values.length);
  }

  /// An SAE that computes what the weights say. Scales and decoder norms are folded into its
  /// parameters; a transcoder with one threshold for all features becomes one with a threshold
  /// each.
  ///
  /// @throws InexpressibleException if no architecture of [Architectures] does
  public static Sae sae(SaeWeights given, Backend backend) {
    Folding folding = new Folding(given).scales().decoderNorms();
    boolean transcoder = given.transcoder() || given.hasSkip();
    if (transcoder) {
      folding.subtraction(false).thresholdEach();
    }
    SaeWeights weights = folding.weights();
    if (transcoder
        && (weights.activation() instanceof Activation.Gated
            || weights.normalisation() != Normalisation.NONE)) {
      throw new InexpressibleException(
          "this %s cannot be computed with: a transcoder here is neither gated nor normalised; convert it only"
              .formatted(given.kind()));
    }
    String name = transcoder ? "transcoder" : weights.activation().architecture();
    Sae sae =
        Architectures.named(name)
            .factory()
            .create(
                weights.width(),
                weights.outputWidth(),
                new SaeOptions(name, weights.features(), settings(weights, transcoder)),
                backend,
                0);
    Map<String, Tensor> targets = new LinkedHashMap<>(sae.parameters());
    if (sae.buffers().containsKey("threshold")) {
      targets.putAll(sae.buffers());
    }
    targets.forEach(
        (tensor, target) ->
            backend.assign(
                target.storage(),
                backend.upload(target.rows(), target.columns(), values(weights, tensor))));
    return switch (weights.normalisation()) {
      case NONE -> sae;
      case LAYER_NORM -> new NormalisedSae(sae, InputNormalisation.LAYER_NORM);
      case CONSTANT_NORM -> new NormalisedSae(sae, InputNormalisation.CONSTANT_NORM);
    };
  }

  private static Map<String, String> settings(SaeWeights weights, boolean transcoder) {
    Map<String, String> settings = new TreeMap<>();
    if (transcoder) {
      settings.put("activation", weights.activation().architecture());
      settings.put("skip", Boolean.toString(weights.hasSkip()));
    } else {
      settings.put("subtract-decoder-bias", Boolean.toString(weights.subtractsDecoderBias()));
    }
    Integer k = weights.k();
    if (k != null) {
      settings.put("k", k.toString());
    }
    if (weights.activation() instanceof Activation.Matryoshka(int one, List<Integer> groups)) {
      List<String> widths = new ArrayList<>();
      int width = 0;
      for (int group : groups) {
        width += group;
        widths.add(Integer.toString(width));
      }
      settings.put("prefix-widths", String.join(",", widths));
    }
    return settings;
  }

  private static float[] values(SaeWeights weights, String name) {
    Weight weight = weights.tensor(name);
    if (name.equals("threshold")) {
      // A negative threshold lets through what ReLU then cuts off, so it acts as 0.
      return weight.with((threshold, one, f) -> Math.max(threshold, 0)).values();
    }
    return (name.equals("W_skip") ? weight.transposed() : weight).values();
  }
}
