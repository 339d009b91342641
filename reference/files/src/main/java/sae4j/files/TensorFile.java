package sae4j.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// An open file of named tensors, whatever its format.
///
/// What [#open] returns has been checked as a whole: every tensor listed has a known element type
/// and data inside the file. Closing the file ends every [StoredTensor] that came from it.
public interface TensorFile extends AutoCloseable {
  /// Opens a file, recognising the format by its content; the extension plays no part.
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

  /// One tensor, ready to be read.
  ///
  /// @throws FormatException if there is none of that name (the message lists those there are), or
  ///     its data is damaged
  StoredTensor tensor(String name) throws IOException;

  /// The tensor's place among [#tensors()].
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

  /// The matrix of floating-point numbers to work on: the one named, or the only one there is.
  ///
  /// @param nameOrNull the user's choice, if one was made
  /// @throws FormatException if the named tensor is missing or no such matrix; or, without a name,
  ///     if the file holds no such matrix or several. The message lists the candidates with their
  ///     shapes
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
    return tensors.isEmpty()
        ? "(none)"
        : tensors.stream().map(TensorInfo::toString).collect(Collectors.joining(", "));
  }

  /// Closes the file. Its tensors cannot be read any more.
  @Override
  void close();
}
