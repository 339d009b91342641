package sae4j.saes;

import java.util.List;
import sae4j.tensor.Backend;

/// A kind of SAE: how it is called, what can be chosen, and how a fresh one is made.
///
/// @param name in files and on the command line
/// @param meaning one line for people
/// @param settings what can be chosen
/// @param factory makes a fresh one
public record Architecture(String name, String meaning, List<Setting> settings, Factory factory) {

  /// Makes a fresh SAE.
  @FunctionalInterface
  public interface Factory {
    /// @param activationDim D, what is read
    /// @param outputDim what is reconstructed: D, unless it is a transcoder
    /// @param options of this architecture
    /// @param seed decides the weights
    Sae create(int activationDim, int outputDim, SaeOptions options, Backend backend, long seed);
  }

  /// An architecture that reconstructs what it reads.
  public static Factory autoencoder(AutoencoderFactory factory) {
    return (activationDim, outputDim, options, backend, seed) -> {
      if (activationDim != outputDim) {
        throw new IllegalArgumentException(
            "%s reconstructs what it reads, %d wide, but the targets are %d wide: use a transcoder"
                .formatted(options.architecture(), activationDim, outputDim));
      }
      return factory.create(activationDim, options, backend, seed);
    };
  }

  /// Makes a fresh SAE whose input and output are the same.
  @FunctionalInterface
  public interface AutoencoderFactory {
    Sae create(int activationDim, SaeOptions options, Backend backend, long seed);
  }
}
