package sae4j.saes.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import sae4j.files.FormatException;
import sae4j.saes.weights.SaeWeights;

/// One way in which SAEs are kept in files.
public sealed interface SaeFormat
    permits SaeLens, DictionaryLearning, Sparsify, OpenAi, GemmaScope, LlamaScope {

  /// What a user types.
  String name();

  /// One line for people: whose it is, and which files.
  String meaning();

  /// Whether a path looks like this format, judged by names of files and their beginning only.
  boolean recognises(Path path) throws IOException;

  /// Reads an SAE, strictly: an architecture, an option, a tensor, a shape or a type that is not
  /// understood is refused by name.
  ///
  /// @throws FormatException if it is not what it claims to be
  SaeWeights read(Path path) throws IOException;

  /// Why an SAE has no form in this format; nothing if it has one.
  Optional<String> refusal(SaeWeights weights);

  /// Whether what is written at a path is a folder of files, not one file.
  default boolean writesFolder(Path path) {
    return true;
  }

  /// Writes an SAE whose `refusal` is empty; files beside those of the format stay.
  ///
  /// @return what was folded into the weights or left out, a line each; nothing if the tensors are
  ///     bit for bit those given
  List<String> write(Path path, SaeWeights weights) throws IOException;
}
