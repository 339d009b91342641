package sae4j.training.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.Architecture;
import sae4j.training.Architectures;
import sae4j.training.Sae;
import sae4j.training.SaeOptions;
import sae4j.training.TopKSae;

/// SAEs that compute, from files and into them.
public final class SaeFiles {
  private static final int BLOCK = 32;

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

  /// Writes an SAE into a folder as SAELens reads it, replacing one that is there; other files in
  /// the folder stay.
  ///
  /// @param sae trained on activations that were multiplied with `scale`
  /// @param scale is folded into the weights, so that the saved SAE takes activations as they are
  /// @throws InexpressibleException if SAELens has no form for it
  public static void save(Path folder, Sae sae, double scale, Origin origin) throws IOException {
    SaeFormats.write(SaeFormats.named("saelens"), folder, weights(sae, scale, origin));
  }

  /// The weights of an SAE.
  ///
  /// @param scale what activations are multiplied with before they reach it
  public static SaeWeights weights(Sae sae, double scale, Origin origin) {
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    sae.parameters().forEach((name, tensor) -> tensors.put(name, weight(name, tensor)));
    Activation activation =
        sae instanceof TopKSae topK ? new Activation.TopK(topK.k()) : new Activation.Relu();
    return SaeWeights.builder(activation, tensors)
        .subtractsDecoderBias(sae.subtractsDecoderBias())
        .scales(scale, scale)
        .origin(origin)
        .build();
  }

  private static Weight weight(String name, Tensor tensor) {
    int rows = tensor.rows();
    int columns = tensor.columns();
    float[] values = new float[Math.multiplyExact(rows, columns)];
    float[] block = new float[Math.multiplyExact(Math.min(BLOCK, rows), columns)];
    for (int row = 0; row < rows; row += BLOCK) {
      int count = Math.min(BLOCK, rows - row);
      tensor.backend().readRows(tensor.storage(), row, count, block);
      System.arraycopy(block, 0, values, row * columns, count * columns);
    }
    return name.startsWith("W_")
        ? Weight.of(values, rows, columns)
        : Weight.of(values, values.length);
  }

  /// An SAE that computes what the weights say. Scales and decoder norms are folded into its
  /// parameters.
  ///
  /// @throws InexpressibleException if no architecture of [Architectures] does
  public static Sae sae(SaeWeights given, Backend backend) {
    SaeWeights weights = new Folding(given).scales().decoderNorms().weights();
    if (weights.normalisation() != Normalisation.NONE) {
      throw new InexpressibleException(
          "this %s normalises each token, which no architecture here does".formatted(given.kind()));
    }
    Map<String, String> settings = new TreeMap<>();
    settings.put("subtract-decoder-bias", Boolean.toString(weights.subtractsDecoderBias()));
    if (weights.activation() instanceof Activation.TopK(int k)) {
      settings.put("k", Integer.toString(k));
    }
    String name = weights.activation().architecture();
    Architecture architecture = Architectures.named(name);
    Sae sae =
        architecture
            .factory()
            .create(
                weights.width(),
                weights.outputWidth(),
                new SaeOptions(name, weights.features(), settings),
                backend,
                0);
    assign(sae.parameters(), weights, backend);
    return sae;
  }

  private static void assign(Map<String, Tensor> targets, SaeWeights weights, Backend backend) {
    targets.forEach(
        (name, target) ->
            backend.assign(
                target.storage(),
                backend.upload(target.rows(), target.columns(), weights.tensor(name).values())));
  }

  /// All formats, for help texts.
  public static List<String> formatNames() {
    return SaeFormats.all().stream().map(SaeFormat::name).toList();
  }
}
