package sae4j.saes;

import java.util.List;
import sae4j.saes.architectures.BatchTopKSae;
import sae4j.saes.architectures.GatedSae;
import sae4j.saes.architectures.JumpReluSae;
import sae4j.saes.architectures.MatryoshkaSae;
import sae4j.saes.architectures.PAnnealSae;
import sae4j.saes.architectures.ReluSae;
import sae4j.saes.architectures.TopKSae;
import sae4j.saes.architectures.Transcoder;
import sae4j.tensor.Backend;

/// The SAE architectures by name. A new one is a file that implements [Sae] and a line here.
public final class Architectures {
  private Architectures() {}

  /// All of them.
  public static List<Architecture> all() {
    return List.of(
        ReluSae.ARCHITECTURE,
        GatedSae.ARCHITECTURE,
        TopKSae.ARCHITECTURE,
        BatchTopKSae.ARCHITECTURE,
        JumpReluSae.ARCHITECTURE,
        MatryoshkaSae.ARCHITECTURE,
        PAnnealSae.ARCHITECTURE,
        Transcoder.ARCHITECTURE);
  }

  /// The names.
  public static List<String> names() {
    return all().stream().map(Architecture::name).toList();
  }

  /// One by its name.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public static Architecture named(String name) {
    return all().stream()
        .filter(architecture -> architecture.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown architecture '%s': choose %s"
                        .formatted(name, String.join(", ", names()))));
  }

  /// A fresh SAE that reconstructs what it reads.
  public static Sae create(int activationDim, SaeOptions options, Backend backend, long seed) {
    return create(activationDim, activationDim, options, backend, seed);
  }

  /// A fresh SAE.
  ///
  /// @param outputDim of what it reconstructs: another than `activationDim` for a transcoder alone
  public static Sae create(
      int activationDim, int outputDim, SaeOptions options, Backend backend, long seed) {
    return named(options.architecture())
        .factory()
        .create(activationDim, outputDim, options, backend, seed);
  }
}
