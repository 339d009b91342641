// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.numpy;

import java.io.IOException;
import java.nio.file.Path;
import sae4j.files.MappedFile;
import sae4j.files.TensorFile;
import sae4j.files.TensorFormat;
import sae4j.files.zip.ZipDirectory;

/// Takes every zip file for a npz file, unless another format is certain that it is its own.
public final class NpzFormat implements TensorFormat {
  @Override
  public String extension() {
    return "npz";
  }

  @Override
  public Likeness recognise(MappedFile file) {
    return ZipDirectory.isZip(file) ? Likeness.POSSIBLE : Likeness.NONE;
  }

  @Override
  public TensorFile open(Path path) throws IOException {
    return Npz.open(path);
  }
}
