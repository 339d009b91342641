// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.safetensors;

import java.io.IOException;
import java.nio.file.Path;
import sae4j.files.MappedFile;
import sae4j.files.TensorFile;
import sae4j.files.TensorFormat;

/// Recognises a safetensors file by the brace that begins its header.
///
/// The format has no magic number. The header's length stands before the brace, and its bytes may
/// happen to be another format's magic number, so a length below 2^32 makes this format certain.
public final class SafetensorsFormat implements TensorFormat {
  @Override
  public String extension() {
    return "safetensors";
  }

  @Override
  public Likeness recognise(MappedFile file) {
    if (!file.has(8, (byte) '{')) {
      return Likeness.NONE;
    }
    return file.u64(0) >>> 32 == 0 ? Likeness.CERTAIN : Likeness.POSSIBLE;
  }

  @Override
  public TensorFile open(Path path) throws IOException {
    return Safetensors.open(path);
  }
}
