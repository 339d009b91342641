package sae4j.training;

import java.util.Map;
import java.util.TreeMap;
import sae4j.article.SparseAutoEncoder;
import sae4j.tensor.Backend;

/// The SAE architectures by name. A new one is a file that implements [Sae] and a line here.
public final class Architectures {
  private Architectures() {}

  /// Makes a fresh SAE.
  @FunctionalInterface
  public interface Factory {
    Sae create(int activationDim, TrainingOptions options, Backend backend);
  }

  private static final Map<String, Factory> FACTORIES =
      new TreeMap<>(
          Map.of(
              "relu",
              Architectures::relu,
              "topk",
              (activationDim, options, backend) ->
                  new TopKSae(
                      activationDim, options.features(), options.k(), backend, options.seed())));

  private static Sae relu(int activationDim, TrainingOptions options, Backend backend) {
    ReluSae sae =
        new ReluSae(
            new SparseAutoEncoder(activationDim, options.features(), backend, options.seed()));
    if (options.unitNormDecoder()) {
      backend.normaliseRows(sae.parameter("W_dec").storage());
    }
    return sae;
  }

  /// The names.
  public static Iterable<String> names() {
    return FACTORIES.keySet();
  }

  /// A fresh SAE of the architecture that the options name.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public static Sae create(int activationDim, TrainingOptions options, Backend backend) {
    Factory factory = FACTORIES.get(options.architecture());
    if (factory == null) {
      throw new IllegalArgumentException(
          "unknown architecture '%s': choose %s"
              .formatted(options.architecture(), String.join(", ", names())));
    }
    return factory.create(activationDim, options, backend);
  }
}
