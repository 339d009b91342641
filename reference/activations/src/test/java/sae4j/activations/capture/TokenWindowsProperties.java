// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import sae4j.activations.text.Document;
import sae4j.activations.text.Document.Part;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;

final class TokenWindowsProperties {
  /// A token for each character; 0 starts a document.
  private record Characters(boolean marksStart) implements Tokenizer {
    @Override
    public TokenizedText encode(String text) {
      return new TokenizedText(
          text.chars().map(c -> c + 1).toArray(),
          IntStream.range(0, text.length()).toArray(),
          IntStream.rangeClosed(1, text.length()).toArray());
    }

    @Override
    public String decode(int... ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int vocabularySize() {
      return 65537;
    }

    @Override
    public String vocabularyEntry(int id) {
      return String.valueOf((char) (id - 1));
    }

    @Override
    public OptionalInt documentStart() {
      return marksStart ? OptionalInt.of(0) : OptionalInt.empty();
    }
  }

  /// A token for each word, and none for spaces.
  private static final class Words implements Tokenizer {
    @Override
    public TokenizedText encode(String text) {
      List<MatchResult> words = Pattern.compile("\\S+").matcher(text).results().toList();
      return new TokenizedText(
          words.stream().mapToInt(_ -> 1).toArray(),
          words.stream().mapToInt(MatchResult::start).toArray(),
          words.stream().mapToInt(MatchResult::end).toArray());
    }

    @Override
    public String decode(int... ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int vocabularySize() {
      return 2;
    }

    @Override
    public String vocabularyEntry(int id) {
      return "word";
    }

    @Override
    public OptionalInt documentStart() {
      return OptionalInt.empty();
    }
  }

  /// Whoever takes windows keeps the documents that it is told of.
  @Example
  void of_a_text_without_tokens_nothing_is_kept_but_what_has_some() {
    int parts = 500;
    String spaces = " ".repeat(1 << 16);
    Iterator<Document> documents =
        IntStream.range(0, parts)
            .mapToObj(
                part ->
                    new Document(
                        "d",
                        part == parts - 1 ? spaces + "word" : spaces,
                        Part.of(part == 0, part == parts - 1)))
            .iterator();
    List<Document> seen = new ArrayList<>();
    List<TokenTable> windows = new ArrayList<>();
    new TokenWindows(documents, new Words(), 4, seen::add).forEachRemaining(windows::add);
    assertThat(windows).hasSize(1);
    assertThat(windows.getFirst().documents()).containsExactly(0);
    assertThat(seen).hasSize(1);
    assertThat(seen.getFirst().text().strip()).isEqualTo("word");
  }

  @Property
  void windows_put_end_to_end_are_the_documents(
      @ForAll @Size(max = 6) List<String> texts,
      @ForAll @IntRange(min = 1, max = 9) int length,
      @ForAll boolean marksStart) {
    List<Document> documents = texts.stream().map(text -> new Document("d", text)).toList();
    List<Document> seen = new ArrayList<>();
    List<TokenTable> windows = new ArrayList<>();
    new TokenWindows(documents.iterator(), new Characters(marksStart), length, seen::add)
        .forEachRemaining(windows::add);

    List<Document> withTokens =
        documents.stream().filter(each -> marksStart || !each.text().isEmpty()).toList();
    List<List<Integer>> expected = new ArrayList<>();
    for (int d = 0; d < withTokens.size(); d++) {
      if (marksStart) {
        expected.add(List.of(0, d, 0, 0));
      }
      String text = withTokens.get(d).text();
      for (int i = 0; i < text.length(); i++) {
        expected.add(List.of(text.charAt(i) + 1, d, i, i + 1));
      }
    }
    List<List<Integer>> actual = new ArrayList<>();
    for (TokenTable window : windows) {
      for (int t = 0; t < window.size(); t++) {
        actual.add(
            List.of(window.ids()[t], window.documents()[t], window.starts()[t], window.ends()[t]));
        assertThat(window.positions()[t]).isEqualTo(t);
      }
    }
    assertThat(actual).isEqualTo(expected);
    assertThat(seen).isEqualTo(withTokens);
    for (int w = 0; w < windows.size() - 1; w++) {
      assertThat(windows.get(w).size()).isEqualTo(length);
    }
  }
}
