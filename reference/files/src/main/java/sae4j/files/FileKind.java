package sae4j.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// What a file is, by its first bytes.
enum FileKind {
  SAFETENSORS {
    @Override
    TensorFile open(Path path) throws IOException {
      return Safetensors.open(path);
    }
  },
  NPY {
    @Override
    TensorFile open(Path path) throws IOException {
      return Npy.open(path);
    }
  },
  NPZ {
    @Override
    TensorFile open(Path path) throws IOException {
      return Npz.open(path);
    }
  },
  TORCH {
    @Override
    TensorFile open(Path path) throws IOException {
      return Torch.open(path);
    }
  };

  private static final String REMEDY = "give a safetensors, npy, npz or pt file";

  abstract TensorFile open(Path path) throws IOException;

  static FileKind of(Path path) throws IOException {
    try (MappedFile file = MappedFile.glance(path)) {
      if (file.has(0, NpyHeader.MAGIC)) {
        return NPY;
      }
      if (file.has(0, ascii("PK\3\4")) || file.has(0, ascii("PK\5\6"))) {
        return Torch.hasPickle(ZipDirectory.read(file)) ? TORCH : NPZ;
      }
      // A safetensors file has no magic number, but its header begins with a brace, and its length
      // hardly needs 32 bits. That is looked at first, since the length's own bytes may happen to
      // be another format's magic number.
      boolean brace = file.has(8, ascii("{"));
      if (brace && file.u64(0) >>> 32 == 0) {
        return SAFETENSORS;
      }
      refuseKnownStrangers(file);
      if (brace) {
        return SAFETENSORS;
      }
      throw new FormatException(
          path,
          "first bytes",
          file.size() == 0 ? "there are none, the file is empty" : "are those of no known format",
          REMEDY);
    }
  }

  private static void refuseKnownStrangers(MappedFile file) throws FormatException {
    refuse(
        file,
        "version https://git-lfs",
        "a Git LFS pointer, not the file itself",
        "fetch it with: git lfs pull");
    refuse(file, "GGUF", "a GGUF model", REMEDY);
    refuse(file, "\u0089HDF", "an HDF5 file", REMEDY);
    refuse(file, "\u001f\u008b", "compressed with gzip", "unpack it first");
    refuse(
        file,
        "\u0080\2\u008a\nl",
        "of the format that torch.save had before torch 1.6",
        "save it again with a newer torch: torch.save(torch.load(path), path)");
    refuse(file, "{", "a JSON file", REMEDY);
  }

  private static void refuse(MappedFile file, String magic, String description, String remedy)
      throws FormatException {
    if (file.has(0, ascii(magic))) {
      throw new FormatException(file.path(), "file", "is " + description, remedy);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
