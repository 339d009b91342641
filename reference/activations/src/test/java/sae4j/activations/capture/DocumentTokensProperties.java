// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import sae4j.activations.text.Document;
import sae4j.activations.text.Document.Part;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;
import sae4j.models.WellFormedText;

final class DocumentTokensProperties {
  /// Tokens by a pattern, which may look ahead. What it leaves out is in no token.
  ///
  /// @param prefix is put before every text and belongs to its first token
  private record ByPattern(Pattern pattern, String prefix) implements Tokenizer {
    static final ByPattern GPT2 =
        new ByPattern(
            Pattern.compile(" ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"), "");
    static final ByPattern DIGITS_BY_THREE =
        new ByPattern(
            Pattern.compile(
                "[^\\r"
                    + "\\n"
                    + "\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r"
                    + "\\n"
                    + "]*|\\s*[\\r"
                    + "\\n"
                    + "]+|\\s+(?!\\S)|\\s+"),
            "");
    static final ByPattern PREFIXED = new ByPattern(Pattern.compile(" ?[^ ]{1,4}| +"), " ");
    static final ByPattern WORDS_ALONE = new ByPattern(Pattern.compile("\\w+|[^\\w\\s]"), "");

    @Override
    public TokenizedText encode(String text) {
      List<int[]> tokens = new ArrayList<>();
      Matcher matcher = pattern.matcher(prefix + text);
      while (matcher.find()) {
        tokens.add(
            new int[] {
              matcher.group().hashCode() & 0xFFFFFF,
              Math.max(0, matcher.start() - prefix.length()),
              Math.max(0, matcher.end() - prefix.length())
            });
      }
      return new TokenizedText(column(tokens, 0), column(tokens, 1), column(tokens, 2));
    }

    private static int[] column(List<int[]> rows, int column) {
      return rows.stream().mapToInt(row -> row[column]).toArray();
    }

    @Override
    public String decode(int... ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int vocabularySize() {
      return 1 << 24;
    }

    @Override
    public String vocabularyEntry(int id) {
      return "?";
    }

    @Override
    public OptionalInt documentStart() {
      return OptionalInt.of(7);
    }
  }

  private static final List<ByPattern> TOKENIZERS =
      List.of(ByPattern.GPT2, ByPattern.DIGITS_BY_THREE, ByPattern.PREFIXED, ByPattern.WORDS_ALONE);

  /// Text as people write it: words of up to nine letters with all kinds of blanks between them.
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> words =
        Arbitraries.oneOf(
            Arbitraries.strings().withChars("abcdé😀").ofMinLength(1).ofMaxLength(9),
            Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(7),
            Arbitraries.of("{", "});", "\uFFFD", "e\u0301"));
    Arbitrary<String> blanks =
        Arbitraries.frequency(
            net.jqwik.api.Tuple.of(6, " "),
            net.jqwik.api.Tuple.of(2, "\n"),
            net.jqwik.api.Tuple.of(1, "\r\n"),
            net.jqwik.api.Tuple.of(1, "\n\n    "),
            net.jqwik.api.Tuple.of(1, "\t"));
    return Combinators.combine(words, blanks)
        .as((word, blank) -> word + blank)
        .list()
        .ofMaxSize(120)
        .map(parts -> WellFormedText.of(String.join("", parts)));
  }

  /// The text as a source hands it out: in parts of any size.
  private static List<Document> parts(String text, int size) {
    List<Document> parts = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(text.length(), from + size);
      // A source parts no pair.
      to += to < text.length() && Character.isLowSurrogate(text.charAt(to)) ? 1 : 0;
      parts.add(
          new Document("d", text.substring(from, to), Part.of(from == 0, to == text.length())));
      from = to;
    } while (from < text.length());
    return parts;
  }

  @Property(tries = 400)
  void pieces_have_the_tokens_of_the_whole_document(
      @ForAll("texts") String text,
      @ForAll @IntRange(min = 1, max = 90) int partSize,
      @ForAll @IntRange(min = 30, max = 80) int pieceLength,
      @ForAll @IntRange(min = 0, max = 3) int which) {
    Tokenizer tokenizer = TOKENIZERS.get(which);
    List<Document> all = new ArrayList<>(parts(text, partSize));
    all.add(new Document("next", "a b"));

    List<Integer> ids = new ArrayList<>();
    List<Integer> ranges = new ArrayList<>();
    List<Document> pieces = new ArrayList<>();
    int[] from = new int[1];
    new DocumentTokens(all.iterator(), tokenizer, pieceLength, 24)
        .forEachRemaining(
            piece -> {
              if (piece.document().name().equals("next")) {
                return;
              }
              TokenizedText tokens = piece.tokens();
              pieces.add(piece.document());
              for (int t = 0; t < tokens.size(); t++) {
                ids.add(tokens.ids()[t]);
                assertThat(tokens.starts()[t]).isBetween(0, tokens.ends()[t]);
                assertThat(tokens.ends()[t]).isLessThanOrEqualTo(piece.document().text().length());
                ranges.add(from[0] + tokens.starts()[t]);
                ranges.add(from[0] + tokens.ends()[t]);
              }
              from[0] += piece.document().text().length();
            });

    TokenizedText whole = tokenizer.encodeDocument(text);
    assertThat(ids).containsExactlyElementsOf(boxed(whole.ids()));
    for (int t = 0; t < whole.size(); t++) {
      assertThat(ranges.get(2 * t)).isEqualTo(whole.starts()[t]);
      assertThat(ranges.get(2 * t + 1)).isEqualTo(whole.ends()[t]);
    }
    assertThat(pieces.stream().map(Document::text).collect(Collectors.joining())).isEqualTo(text);
    assertThat(pieces.stream().filter(piece -> piece.part().begins())).hasSize(1);
    assertThat(pieces.stream().filter(piece -> piece.part().ends())).hasSize(1);
    assertThat(pieces).allMatch(piece -> piece.text().length() <= 8 * pieceLength + 24);
  }

  private static List<Integer> boxed(int[] values) {
    return java.util.Arrays.stream(values).boxed().toList();
  }

  @Test
  void a_text_that_cannot_be_cut_well_is_cut_all_the_same_and_nothing_is_lost() {
    String text = "x".repeat(4000);
    List<Document> pieces = new ArrayList<>();
    new DocumentTokens(parts(text, 77).iterator(), ByPattern.GPT2, 100, 10)
        .forEachRemaining(
            piece -> {
              pieces.add(piece.document());
              assertThat(piece.tokens().ends()[piece.tokens().size() - 1])
                  .isEqualTo(piece.document().text().length());
            });
    assertThat(pieces).hasSize(5); // eight times as long as usual
    assertThat(pieces.stream().map(Document::text).collect(Collectors.joining())).isEqualTo(text);
  }

  /// Three words at a time, counted from the first of them: in a run of them two tokenisations may
  /// agree and both be out of step with the whole.
  @Property(tries = 300)
  void a_run_of_one_word_is_cut_where_the_whole_document_has_a_token(
      @ForAll @IntRange(min = 0, max = 400) int before,
      @ForAll @IntRange(min = 1, max = 300) int times,
      @ForAll @IntRange(min = 40, max = 700) int behind) {
    ByPattern inThrees =
        new ByPattern(Pattern.compile("the the the |the the |the |\\w+|[^\\w]"), "");
    String text = words(before) + "the ".repeat(times) + words(behind);
    List<Integer> ids = new ArrayList<>();
    new DocumentTokens(parts(text, 50).iterator(), inThrees, 200, 60)
        .forEachRemaining(piece -> ids.addAll(boxed(piece.tokens().ids())));
    assertThat(ids).containsExactlyElementsOf(boxed(inThrees.encodeDocument(text).ids()));
  }

  /// Text that does not repeat itself.
  private static String words(int length) {
    return IntStream.range(0, length)
        .mapToObj(i -> "w" + i * i + " ")
        .collect(Collectors.joining())
        .substring(0, length);
  }

  @Test
  void a_text_repeats_itself_where_its_later_half_holds_two_rounds() {
    assertThat(DocumentTokens.repeatsItself("abcdefabababababab", 0, 18)).isTrue();
    assertThat(DocumentTokens.repeatsItself("abcdefghabcdefgh", 0, 16)).isFalse();
    assertThat(DocumentTokens.repeatsItself("xxxx", 0, 4)).isTrue();
    assertThat(DocumentTokens.repeatsItself("abcdefgh", 0, 8)).isFalse();
    assertThat(DocumentTokens.repeatsItself("", 0, 0)).isFalse();
  }

  @Test
  void no_more_of_a_document_is_read_than_the_tokens_that_are_asked_for_need() {
    List<Document> read = new ArrayList<>();
    String text =
        IntStream.range(0, 100_000).mapToObj(i -> "word" + i + " ").collect(Collectors.joining());
    var source = parts(text, 1000).stream().peek(read::add).iterator();

    DocumentTokens tokens = new DocumentTokens(source, ByPattern.GPT2, 2000, 100);
    assertThat(tokens.next().tokens().size()).isGreaterThan(300);

    assertThat(read.size()).isLessThanOrEqualTo(4);
  }

  @Test
  void a_document_that_spells_out_its_start_has_one_start_and_not_two() {
    int start = ByPattern.GPT2.encode("begin").ids()[0];
    Tokenizer tokenizer =
        new Tokenizer() {
          @Override
          public TokenizedText encode(String text) {
            return ByPattern.GPT2.encode(text);
          }

          @Override
          public String decode(int... ids) {
            return "";
          }

          @Override
          public int vocabularySize() {
            return 1 << 24;
          }

          @Override
          public String vocabularyEntry(int id) {
            return "";
          }

          @Override
          public OptionalInt documentStart() {
            return OptionalInt.of(start);
          }
        };
    List<Document> documents = List.of(new Document("a", "begin x"), new Document("b", " x"));
    List<TokenTable> windows = new ArrayList<>();
    new TokenWindows(documents.iterator(), tokenizer, 99, _ -> {}).forEachRemaining(windows::add);

    int x = ByPattern.GPT2.encode(" x").ids()[0];
    assertThat(windows.getFirst().ids()).containsExactly(start, x, start, x);
    assertThat(windows.getFirst().ends()).containsExactly(5, 7, 0, 2);
  }
}
