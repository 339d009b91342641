// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import sae4j.files.FormatException;
import sae4j.saes.Activation;
import sae4j.saes.weights.SaeWeights;

/// One way in which SAEs are kept in files.
///
/// Each is found by [java.util.ServiceLoader]: a new format is a file, and a line that names it in
/// `META-INF/services/sae4j.saes.formats.SaeFormat`. Another jar can bring one.
public interface SaeFormat {

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

  /// Why an SAE has no form in this format, whose number of hook points and kind of codes it may
  /// have; nothing if it has one.
  Optional<String> cannotHold(SaeWeights weights);

  /// Why an SAE has no form in this format; nothing if it has one.
  default Optional<String> refusal(SaeWeights weights) {
    if (weights.hooks().several() && !holdsSeveralHooks()) {
      return Optional.of("it keeps SAEs of one hook point");
    }
    return switch (weights.activation()) {
      case Activation.Own own -> Optional.of("it does not know the codes of " + own.architecture());
      case Activation.Relu _,
          Activation.TopK _,
          Activation.BatchTopK _,
          Activation.Matryoshka _,
          Activation.JumpRelu _,
          Activation.Gated _ ->
          cannotHold(weights);
      case Activation.SignedTopK _, Activation.AbsTopK _ ->
          holdsSignedCodes()
              ? cannotHold(weights)
              : Optional.of("its codes are never below 0, and this one's may be");
    };
  }

  /// Whether the format has SAEs of several hook points.
  default boolean holdsSeveralHooks() {
    return false;
  }

  /// Whether the format has SAEs whose codes may be below 0.
  default boolean holdsSignedCodes() {
    return false;
  }

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
