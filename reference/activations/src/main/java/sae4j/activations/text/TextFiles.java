// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// Text files as documents: a `.jsonl` file holds one JSON object a line, whose string `text` is
/// the document; any other file is one document. Either may be compressed, `.gz` or `.zst`. All
/// text is UTF-8, checked.
///
/// @param files what to read, in this order
public record TextFiles(List<Path> files) implements DocumentSource {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// @throws IllegalArgumentException if there is no file
  public TextFiles {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("text files: none given; name at least one");
    }
  }

  @Override
  public String description() {
    return files.size() == 1
        ? files.getFirst().toString()
        : files.size() + " files, " + files.getFirst() + " first";
  }

  @Override
  public Stream<Document> open() throws IOException {
    for (Path file : files) {
      requireReadable(file);
    }
    return Concatenation.of(
        files.stream().map(file -> (Concatenation.Part) () -> documents(file)).toList());
  }

  /// @throws NoSuchFileException if it is not a file that can be read
  static void requireReadable(Path file) throws NoSuchFileException {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new NoSuchFileException(file + ": not a readable file; check the path");
    }
  }

  private static Stream<Document> documents(Path file) {
    String name = withoutCompression(file.toString());
    return name.endsWith(".jsonl") || name.endsWith(".ndjson")
        ? new JsonLines(file).stream()
        : Stream.of(file).map(TextFiles::whole);
  }

  private static Document whole(Path file) {
    try (Reader reader = reader(file)) {
      StringWriter text = new StringWriter();
      reader.transferTo(text);
      return new Document(file.toString(), text.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(explain(file, "text", e));
    }
  }

  private static BufferedReader reader(Path file) throws IOException {
    InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      return new BufferedReader(
          new InputStreamReader(
              decompress(file.toString(), bytes),
              StandardCharsets.UTF_8
                  .newDecoder()
                  .onMalformedInput(CodingErrorAction.REPORT)
                  .onUnmappableCharacter(CodingErrorAction.REPORT)),
          1 << 16);
    } catch (IOException e) {
      bytes.close();
      throw e;
    }
  }

  private static InputStream decompress(String name, InputStream bytes) throws IOException {
    if (name.endsWith(".gz")) {
      return new GZIPInputStream(bytes, 1 << 16);
    }
    return name.endsWith(".zst") ? new ZstdInputStream(bytes) : bytes;
  }

  private static String withoutCompression(String name) {
    return name.replaceFirst("\\.(gz|zst)$", "");
  }

  private static IOException explain(Path file, String field, IOException e) {
    if (e instanceof FormatException) {
      return e;
    }
    if (e instanceof CharacterCodingException) {
      return new FormatException(file, field, "not UTF-8", "convert the file to UTF-8", e);
    }
    String said = Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    return new FormatException(
        file, field, "cannot be read (" + said + ")", "check that the file is whole", e);
  }

  /// The lines of one JSONL file, read as the stream advances.
  private static final class JsonLines extends Spliterators.AbstractSpliterator<Document> {
    private final Path file;
    private @Nullable BufferedReader reader;
    private int line;

    JsonLines(Path file) {
      super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
      this.file = file;
    }

    Stream<Document> stream() {
      return StreamSupport.stream(this, false).onClose(this::close);
    }

    @Override
    public boolean tryAdvance(Consumer<? super Document> action) {
      try {
        if (reader == null) {
          reader = TextFiles.reader(file);
        }
        String json;
        do {
          json = reader.readLine();
          line++;
        } while (json != null && json.isBlank());
        if (json == null) {
          return false;
        }
        action.accept(new Document(file + ":" + line, text(json)));
        return true;
      } catch (IOException e) {
        throw new UncheckedIOException(explain(file, "line " + line, e));
      }
    }

    private String text(String json) throws FormatException {
      JsonNode object;
      try {
        object = JSON.readTree(json);
      } catch (JsonProcessingException e) {
        throw new FormatException(
            file,
            "line " + line,
            "not a JSON object",
            "write one object with a string \"text\" on each line",
            e);
      }
      JsonNode text = object.get("text");
      if (text == null || !text.isTextual()) {
        throw new FormatException(
            file,
            "line " + line,
            "no string \"text\" in it",
            "write one object with a string \"text\" on each line");
      }
      return text.textValue();
    }

    private void close() {
      try {
        if (reader != null) {
          reader.close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
