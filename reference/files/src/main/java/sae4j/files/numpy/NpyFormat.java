// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.numpy;

import java.io.IOException;
import java.nio.file.Path;
import sae4j.files.MappedFile;
import sae4j.files.TensorFile;
import sae4j.files.TensorFormat;

/// Recognises a npy file by its magic number.
public final class NpyFormat implements TensorFormat {
  @Override
  public String extension() {
    return "npy";
  }

  @Override
  public Likeness recognise(MappedFile file) {
    return file.has(0, NpyHeader.MAGIC) ? Likeness.CERTAIN : Likeness.NONE;
  }

  @Override
  public TensorFile open(Path path) throws IOException {
    return Npy.open(path);
  }
}
