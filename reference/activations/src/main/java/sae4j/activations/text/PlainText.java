// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.Document.Part;

/// A file that is one document, in parts of 65,536 characters where it is longer.
final class PlainText extends DocumentReader {
  private static final int PART = 1 << 16;

  private final char[] buffer = new char[PART + 1];
  private @Nullable Reader reader;
  private int filled;
  private boolean begun;
  private boolean ended;

  PlainText(Path file, TextRules rules) {
    super(file, rules);
  }

  @Override
  @Nullable Document next() throws IOException {
    if (ended) {
      return null;
    }
    if (reader == null) {
      reader = TextInput.characters(file, rules);
    }
    boolean more = true;
    while (filled < buffer.length && more) {
      int count = reader.read(buffer, filled, buffer.length - filled);
      more = count >= 0;
      filled += Math.max(0, count);
    }
    // One character more than a part was read if there is one: so this knows whether it is the
    // last.
    ended = filled < buffer.length;
    int length = ended ? filled : PART - (Character.isHighSurrogate(buffer[PART - 1]) ? 1 : 0);
    Document document =
        new Document(file.toString(), new String(buffer, 0, length), Part.of(!begun, ended));
    System.arraycopy(buffer, length, buffer, 0, filled - length);
    filled -= length;
    begun = true;
    return document;
  }

  @Override
  String place() {
    return "text";
  }

  @Override
  void close() throws IOException {
    if (reader != null) {
      reader.close();
    }
  }
}
