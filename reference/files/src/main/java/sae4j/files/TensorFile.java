// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An open file of named tensors, in any format.
///
/// [#open] checks the whole file: every listed tensor has a known element type and lies inside the
/// file. A [StoredTensor] can be read until its file is closed.
public interface TensorFile extends AutoCloseable {
  /// Opens a file. Its content decides which format it has, and its extension does not matter.
  ///
  /// @throws FormatException if it is none of the known formats, or a damaged one
  /// @throws java.nio.file.NoSuchFileException if there is no such file
  static TensorFile open(Path path) throws IOException {
    return FormatDetection.of(path).open(path);
  }

  /// The file.
  Path path();

  /// Its tensors, in the order in which the file lists them.
  List<TensorInfo> tensors();

  /// One tensor, which can be read.
  ///
  /// @throws FormatException if there is none of that name (the message lists those there are), or
  ///     its data is damaged
  StoredTensor tensor(String name) throws IOException;

  /// What the file says about one of [#tensors()].
  ///
  /// @throws FormatException if there is none of that name; the message lists those there are
  default TensorInfo info(String name) throws FormatException {
    return tensors().stream()
        .filter(info -> info.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new FormatException(
                    path(),
                    "tensor " + FormatException.quote(name),
                    "is not in the file",
                    "choose one of: " + listed(tensors())));
  }

  /// The matrix of floating-point numbers that the user means: the named one, or the only one.
  ///
  /// @param nameOrNull the user's choice, or null if the user made none
  /// @throws FormatException if the named tensor is missing or not such a matrix, or if no name is
  ///     given and the file holds no such matrix or several. The message lists the candidates with
  ///     their shapes
  default StoredTensor only2d(@Nullable String nameOrNull) throws IOException {
    if (nameOrNull != null) {
      TensorInfo info = info(nameOrNull);
      if (!isMatrix(info)) {
        throw new FormatException(
            path(),
            "tensor " + FormatException.quote(nameOrNull),
            "is " + info.dtype() + info.shape() + ", expected two axes of F64, F32, F16 or BF16",
            "choose one of: " + listed(matrices()));
      }
      return tensor(nameOrNull);
    }
    List<TensorInfo> candidates = matrices();
    if (candidates.isEmpty()) {
      throw new FormatException(
          path(),
          "tensors",
          "none has two axes of F64, F32, F16 or BF16, only: " + listed(tensors()),
          "give a file that holds a matrix");
    }
    if (candidates.size() > 1) {
      throw new FormatException(
          path(),
          "tensors",
          candidates.size() + " are matrices",
          "name one of: " + listed(candidates));
    }
    return tensor(candidates.getFirst().name());
  }

  private List<TensorInfo> matrices() {
    return tensors().stream().filter(TensorFile::isMatrix).toList();
  }

  private static boolean isMatrix(TensorInfo info) {
    return info.shape().rank() == 2 && info.dtype().isFloating();
  }

  private static String listed(List<TensorInfo> tensors) {
    return tensors.isEmpty() ? "(none)" : FormatException.list(tensors);
  }

  /// Closes the file. Its tensors cannot be read afterwards.
  @Override
  void close();
}
