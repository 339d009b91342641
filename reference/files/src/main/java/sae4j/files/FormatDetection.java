// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Decides which format a file has.
///
/// The first format that is certain wins. Well-known files of other kinds are refused next, and the
/// message says what they are. Any other file goes to the first format that finds it possible.
final class FormatDetection {
  private static final List<TensorFormat> FORMATS =
      ServiceLoader.load(TensorFormat.class, TensorFormat.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private FormatDetection() {}

  /// @throws FormatException if the file has none of the known formats
  static TensorFormat of(Path path) throws IOException {
    try (MappedFile file = MappedFile.glance(path)) {
      @Nullable TensorFormat possible = null;
      for (TensorFormat format : FORMATS) {
        switch (format.recognise(file)) {
          case CERTAIN -> {
            return format;
          }
          case POSSIBLE -> possible = possible == null ? format : possible;
          case NONE -> {}
        }
      }
      refuseOtherKinds(file);
      if (possible != null) {
        return possible;
      }
      throw new FormatException(
          path,
          "first bytes",
          file.size() == 0 ? "there are none, the file is empty" : "are those of no known format",
          remedy());
    }
  }

  private static void refuseOtherKinds(MappedFile file) throws FormatException {
    refuse(
        file,
        "version https://git-lfs",
        "a Git LFS pointer, not the file itself",
        "fetch it with: git lfs pull");
    refuse(file, "GGUF", "a GGUF model", remedy());
    refuse(file, "\u0089HDF", "an HDF5 file", remedy());
    refuse(file, "\u001f\u008b", "compressed with gzip", "unpack it first");
    refuse(
        file,
        "\u0080\2\u008a\nl",
        "of the format that torch.save had before torch 1.6",
        "save it again with a newer torch: torch.save(torch.load(path), path)");
    refuse(file, "{", "a JSON file", remedy());
  }

  private static void refuse(MappedFile file, String magic, String description, String remedy)
      throws FormatException {
    if (file.has(0, magic.getBytes(StandardCharsets.ISO_8859_1))) {
      throw new FormatException(file.path(), "file", "is " + description, remedy);
    }
  }

  /// `give a safetensors, npy, npz or pt file`
  private static String remedy() {
    List<String> extensions = FORMATS.stream().map(TensorFormat::extension).toList();
    int last = extensions.size() - 1;
    return "give a "
        + extensions.stream().limit(last).collect(Collectors.joining(", "))
        + " or "
        + extensions.get(last)
        + " file";
  }
}
