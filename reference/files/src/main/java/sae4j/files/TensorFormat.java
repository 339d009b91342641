// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.file.Path;

/// One file format: recognises its files by their first bytes and opens them.
///
/// [TensorFile#open] finds the formats with [java.util.ServiceLoader], so a new format is a class
/// and a line in `META-INF/services/sae4j.files.TensorFormat`. Every format is asked about every
/// file until one is certain, so [#recognise] reads only what it needs to decide.
public interface TensorFormat {
  /// The usual file extension, as messages list it: `safetensors`, `npz`.
  String extension();

  /// Whether a file is of this format.
  ///
  /// @param file mapped; closed by the caller
  /// @throws FormatException if this format keeps its tensors in a container, the file is such a
  ///     container, and it is damaged
  Likeness recognise(MappedFile file) throws IOException;

  /// Opens a file of this format.
  ///
  /// @throws FormatException if it is damaged
  TensorFile open(Path path) throws IOException;

  /// How sure a format is that a file is its own.
  enum Likeness {
    /// The file is of another format.
    NONE,
    /// The file may be of this format. It counts as such if no other format is certain and if it is
    /// not a well-known file of another kind.
    POSSIBLE,
    /// The file is of this format.
    CERTAIN
  }
}
