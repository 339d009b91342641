// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The lines of a JSONL file, each a value of its own: a broken one spoils no other.
final class JsonLines extends JsonText {
  private static final String MARK = "\uFEFF";

  private final byte[] block = new byte[1 << 16];
  private @Nullable InputStream in;
  private int at;
  private int filled;
  private long line;

  JsonLines(Path file, TextRules rules) {
    super(file, rules, "line");
  }

  @Override
  @Nullable Document next() throws IOException {
    if (in == null) {
      in = TextInput.bytes(file, rules);
    }
    while (true) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      boolean whole = readLine(in, bytes);
      if (bytes.size() == 0 && filled < 0) {
        requireSome();
        return null;
      }
      line++;
      @Nullable Document document = whole ? read(bytes.toByteArray()) : tooLong();
      if (document != null) {
        return document;
      }
    }
  }

  /// Reads up to the end of the line or of the file.
  ///
  /// @return whether all of it was kept; of a line that is too long, only the beginning is
  private boolean readLine(InputStream from, ByteArrayOutputStream line) throws IOException {
    boolean whole = true;
    while (true) {
      if (at >= filled) {
        at = 0;
        filled = from.read(block);
        if (filled < 0) {
          return whole;
        }
      }
      int end = at;
      while (end < filled && block[end] != '\n') {
        end++;
      }
      whole &= line.size() + end - at <= LONGEST;
      if (whole) {
        line.write(block, at, end - at);
      }
      boolean ended = end < filled;
      at = end + 1;
      if (ended) {
        return whole;
      }
    }
  }

  private @Nullable Document read(byte[] bytes) throws IOException {
    String json;
    try {
      json = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      met++;
      passOver("not UTF-8", e);
      return null;
    }
    if (json.startsWith(MARK)) {
      // Files with a mark each were joined to this one.
      json = json.substring(MARK.length());
    }
    if (json.isBlank()) {
      return null;
    }
    met++;
    JsonNode value;
    try {
      value = JSON.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).readTree(json);
    } catch (JsonProcessingException e) {
      passOver(complaint(e), e);
      return null;
    }
    return document(file + ":" + line, value);
  }

  private @Nullable Document tooLong() throws IOException {
    met++;
    String reason = "longer than %,d bytes; put the text into a file of its own".formatted(LONGEST);
    passOver(reason, new IOException(reason));
    return null;
  }

  @Override
  String place() {
    return "line " + line;
  }

  @Override
  void close() throws IOException {
    if (in != null) {
      in.close();
    }
  }
}
