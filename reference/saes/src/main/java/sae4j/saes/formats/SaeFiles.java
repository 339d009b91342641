// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sae4j.saes.Sae;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;

/// SAEs that compute, from files and into them.
public final class SaeFiles {
  /// What an SAE is saved in, the first of these that has a form for it: the format that most tools
  /// read, the one that keeps transcoders with a top-k, and our own, which keeps everything.
  private static final List<String> PREFERRED = List.of("saelens", "sparsify", Sae4jFormat.NAME);

  private SaeFiles() {}

  /// A loaded SAE.
  ///
  /// @param path where it was read, as it was given
  /// @param origin where its activations came from
  /// @param assumptions what its file leaves open and the reader took for granted, a line each
  public record Loaded(Path path, Sae sae, Origin origin, List<String> assumptions) {
    /// The same SAE, whose activations came from elsewhere.
    public Loaded from(Origin other) {
      return new Loaded(path, sae, other, assumptions);
    }
  }

  /// Reads an SAE in any format of [SaeFormats].
  ///
  /// @throws IOException if there is no SAE at the path that can be read
  public static Loaded load(Path path, Backend backend) throws IOException {
    return load(path, backend, false);
  }

  /// As [#load(Path, Backend)].
  ///
  /// @param transcoder whether the caller knows that it is a transcoder, where the file cannot say
  public static Loaded load(Path path, Backend backend, boolean transcoder) throws IOException {
    SaeWeights read = SaeFormats.read(path);
    return loaded(path, transcoder ? read.asTranscoder() : read, backend);
  }

  /// The SAE that weights are which were read.
  ///
  /// @param path where, for messages
  /// @throws InexpressibleException if no SAE computes what they say
  public static Loaded loaded(Path path, SaeWeights weights, Backend backend) {
    try {
      return new Loaded(
          path, Materialisation.of(weights, backend), weights.origin(), weights.assumptions());
    } catch (InexpressibleException beyond) {
      throw new InexpressibleException(path + ": " + beyond.getMessage());
    }
  }

  /// Writes an SAE into a folder as [#save(Path, SaeWeights)] does.
  public static void save(Path folder, Sae sae, Origin origin) throws IOException {
    save(folder, SaeWeights.of(sae, origin));
  }

  /// Writes an SAE into a folder, replacing one that is there; other files in the folder stay. It
  /// is written as SAELens reads it. Where SAELens has no form for it, it is written as sparsify
  /// does, and where sparsify has none either, in our own format.
  public static void save(Path folder, SaeWeights weights) throws IOException {
    SaeFormats.write(formatOf(weights), folder, weights);
  }

  private static SaeFormat formatOf(SaeWeights weights) {
    return PREFERRED.stream()
        .map(SaeFormats::named)
        .filter(format -> format.refusal(weights).isEmpty())
        .findFirst()
        .orElseThrow(() -> new InexpressibleException("no format can hold this " + weights.kind()));
  }
}
