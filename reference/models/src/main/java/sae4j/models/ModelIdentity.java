// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import sae4j.files.Fingerprint;

/// By what a model is known again when work with it is continued.
public final class ModelIdentity {
  private ModelIdentity() {}

  /// The sum of the model's files, see [Fingerprint]; the name of a model that has none.
  ///
  /// @throws IOException if they cannot be read
  public static String of(LanguageModel model) throws IOException {
    Path path = Path.of(model.name());
    return Files.exists(path) ? Fingerprint.of(path) : model.name();
  }
}
