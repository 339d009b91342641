// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.torch;

import java.io.IOException;
import java.nio.file.Path;
import sae4j.files.MappedFile;
import sae4j.files.TensorFile;
import sae4j.files.TensorFormat;
import sae4j.files.zip.ZipDirectory;

/// Recognises a file that `torch.save` wrote: a zip file with a pickle in it.
public final class TorchFormat implements TensorFormat {
  @Override
  public String extension() {
    return "pt";
  }

  @Override
  public Likeness recognise(MappedFile file) throws IOException {
    return ZipDirectory.isZip(file) && Torch.hasPickle(ZipDirectory.read(file))
        ? Likeness.CERTAIN
        : Likeness.NONE;
  }

  @Override
  public TensorFile open(Path path) throws IOException {
    return Torch.open(path);
  }
}
