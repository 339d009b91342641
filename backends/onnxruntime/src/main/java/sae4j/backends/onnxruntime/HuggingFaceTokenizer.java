// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import sae4j.backends.onnxruntime.natives.TokenizersLibrary;
import sae4j.files.FormatException;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;
import sae4j.models.WellFormedText;
import sae4j.models.chats.ChatFacts;

/// A tokenizer that the Hugging Face tokenizers library made from a `tokenizer.json`.
final class HuggingFaceTokenizer implements Tokenizer, AutoCloseable {
  /// Ids may have gaps, but no more than this beside as many as three for each that there is.
  private static final int GAPS = 4096;

  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private static final String DROPOUT =
      "the dropout in tokenizer.json, by which a text has other tokens each time, is switched off";

  private final Path file;
  private final ai.djl.huggingface.tokenizers.HuggingFaceTokenizer library;
  private final String[] vocabulary;
  private final BitSet special;
  private final DocumentStart.Chosen documentStart;
  private final OptionalInt possibleStart;
  private final ChatFacts chats;
  private final int wordId;
  private final String word;

  private HuggingFaceTokenizer(
      Path file,
      ai.djl.huggingface.tokenizers.HuggingFaceTokenizer library,
      String[] vocabulary,
      BitSet special,
      DocumentStart.Chosen documentStart,
      OptionalInt possibleStart,
      ChatFacts chats) {
    this.file = file;
    this.library = library;
    this.vocabulary = vocabulary;
    this.special = special;
    this.documentStart = documentStart;
    this.possibleStart = possibleStart;
    this.chats = chats;
    this.wordId = someWord();
    this.word = wordId < 0 ? "" : decode(wordId);
  }

  /// A token that is a word of letters, whatever stands before or behind it; −1 where there is
  /// none.
  private int someWord() {
    for (int id = 0; id < vocabulary.length; id++) {
      if (!special.get(id)
          && vocabulary[id].matches("[a-zA-Z]+")
          && decode(id).equals(vocabulary[id])) {
        return id;
      }
    }
    return -1;
  }

  /// @param file what to call it in messages
  /// @param json the content of `tokenizer.json`
  /// @param documentStart what precedes a document
  /// @throws FormatException if it is not a tokenizer
  static HuggingFaceTokenizer parse(Path file, byte[] json, DocumentStart documentStart)
      throws IOException {
    TokenizersLibrary.prepare();
    JsonNode root = DocumentStart.json(file, "tokenizer", json);
    String[] vocabulary = vocabulary(file, root);
    DocumentStart.Chosen start = documentStart.in(file, root, vocabulary);
    OptionalInt possible =
        start.id().isPresent() ? start.id() : documentStart.possible(file, root, vocabulary);
    byte[] read = json;
    if (root.path("model").path("dropout").asDouble() != 0) {
      start = start.with(List.of(DROPOUT));
      ((ObjectNode) root.path("model")).putNull("dropout");
      read = root.toString().getBytes(StandardCharsets.UTF_8);
    } else if (json.length > MARK.length && Arrays.equals(json, 0, 3, MARK, 0, 3)) {
      read = Arrays.copyOfRange(json, MARK.length, json.length);
    }
    BitSet special = new BitSet(vocabulary.length);
    for (JsonNode added : root.path("added_tokens")) {
      if (added.path("special").asBoolean()) {
        special.set(added.path("id").asInt());
      }
    }
    try {
      ai.djl.huggingface.tokenizers.HuggingFaceTokenizer library =
          ai.djl.huggingface.tokenizers.HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(read),
              Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
      requireIds(file, library, root.path("added_tokens"));
      return new HuggingFaceTokenizer(
          file, library, vocabulary, special, start, possible, documentStart.chats());
    } catch (RuntimeException e) {
      if (String.valueOf(e.getMessage()).contains("native library")) {
        throw new IOException(TokenizersLibrary.unloadable(e), e);
      }
      throw new FormatException(
          file,
          "tokenizer",
          "is refused by the tokenizers library (" + e.getMessage() + ")",
          "download the model again",
          e);
    }
  }

  /// The library numbers an added token anew where its id is taken, or leaves a gap.
  ///
  /// @throws FormatException if the library writes another id for one than the file says
  private static void requireIds(
      Path file, ai.djl.huggingface.tokenizers.HuggingFaceTokenizer library, JsonNode added)
      throws FormatException {
    for (JsonNode token : added) {
      String content = token.path("content").asText();
      int id = token.path("id").asInt();
      long[] written = library.encode(content, false, false).getIds();
      if (written.length == 1 && written[0] != id) {
        library.close();
        throw new FormatException(
            file,
            "added_tokens",
            "has %s as token %d, and by the vocabulary and the other added tokens it is %d"
                .formatted(FormatException.quote(content), id, written[0]),
            "download the model again");
      }
    }
  }

  private static String[] vocabulary(Path file, JsonNode root) throws FormatException {
    Map<Integer, String> entries = new TreeMap<>();
    JsonNode model = root.path("model").path("vocab");
    // WordPiece and BPE map each entry to its id; Unigram lists pairs of entry and score.
    model.properties().forEach(entry -> entries.put(entry.getValue().asInt(), entry.getKey()));
    for (int id = 0; model.isArray() && id < model.size(); id++) {
      entries.put(id, model.get(id).path(0).asText());
    }
    root.path("added_tokens")
        .forEach(added -> entries.put(added.path("id").asInt(), added.path("content").asText()));
    if (entries.isEmpty()) {
      throw new FormatException(
          file,
          "model.vocab",
          "is missing or empty",
          "give a tokenizer.json of the tokenizers library");
    }
    int least = entries.keySet().stream().mapToInt(Integer::intValue).min().getAsInt();
    int greatest = entries.keySet().stream().mapToInt(Integer::intValue).max().getAsInt();
    long bound = 4L * entries.size() + GAPS;
    if (least < 0 || greatest > bound) {
      throw new FormatException(
          file,
          "vocabulary",
          "has an id %d among %,d, expected 0 to %d"
              .formatted(least < 0 ? least : greatest, entries.size(), bound),
          "download the model again");
    }
    String[] vocabulary = new String[greatest + 1];
    Arrays.setAll(vocabulary, id -> entries.getOrDefault(id, ""));
    return vocabulary;
  }

  @Override
  public TokenizedText encode(String given) {
    String text = WellFormedText.of(given);
    Encoding encoding;
    try {
      encoding = library.encode(text, false, false);
    } catch (RuntimeException refused) {
      throw unable("encode a text", refused);
    }
    int[] ids = Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    CharSpan[] spans = encoding.getCharTokenSpans();
    for (int t = 0; t < ids.length; t++) {
      starts[t] = spans[t].getStart();
      ends[t] = spans[t].getEnd();
    }
    if (text.codePointCount(0, text.length()) != text.length()) {
      int[] utf16 = utf16Positions(text);
      Arrays.setAll(starts, t -> utf16[starts[t]]);
      Arrays.setAll(ends, t -> utf16[ends[t]]);
    }
    return new TokenizedText(ids, starts, ends);
  }

  /// The index in UTF-16 units of each code point, because the library counts code points.
  private static int[] utf16Positions(String text) {
    int[] positions = new int[text.codePointCount(0, text.length()) + 1];
    for (int i = 1; i < positions.length; i++) {
      positions[i] = positions[i - 1] + Character.charCount(text.codePointAt(positions[i - 1]));
    }
    return positions;
  }

  @Override
  public String decode(int... ids) {
    for (int id : ids) {
      check(id);
    }
    try {
      return library.decode(Arrays.stream(ids).asLongStream().toArray(), false);
    } catch (RuntimeException refused) {
      throw unable("decode tokens", refused);
    }
  }

  private IllegalArgumentException unable(String what, RuntimeException refused) {
    return new IllegalArgumentException(
        ("%s: the tokenizer cannot %s (%s); give one whose unknown token is in its vocabulary, or"
                + " leave out what it does not know")
            .formatted(file, what, String.valueOf(refused.getMessage()).strip()),
        refused);
  }

  /// A decoder takes the space off the first word of a text. Behind a word it stays.
  @Override
  public String decodeBehindText(int... ids) {
    if (wordId < 0) {
      return decode(ids);
    }
    int[] behind = new int[ids.length + 1];
    behind[0] = wordId;
    System.arraycopy(ids, 0, behind, 1, ids.length);
    String both = decode(behind);
    return both.startsWith(word) ? both.substring(word.length()) : decode(ids);
  }

  @Override
  public int vocabularySize() {
    return vocabulary.length;
  }

  @Override
  public String vocabularyEntry(int id) {
    check(id);
    return vocabulary[id];
  }

  @Override
  public ChatFacts chats() {
    return chats;
  }

  @Override
  public OptionalInt documentStart() {
    return documentStart.id();
  }

  @Override
  public OptionalInt possibleStart() {
    return possibleStart;
  }

  @Override
  public boolean isSpecial(int id) {
    return special.get(id) || documentStart.id().equals(OptionalInt.of(id));
  }

  /// What was unusual about the document start.
  List<String> notes() {
    return documentStart.notes();
  }

  private void check(int id) {
    if (id < 0 || id >= vocabulary.length) {
      throw new IllegalArgumentException(
          "token id " + id + " is outside the vocabulary of " + vocabulary.length);
    }
  }

  @Override
  public void close() {
    library.close();
  }
}
