// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.tensor.Backend;
import sae4j.tensor.Backends;

/// The page in docs/companion is the one that the program writes, and its code is that of the
/// sources.
class PageTest {
  private static final Path ROOT = Path.of("../..");
  private static final Path PAGE = ROOT.resolve("docs/companion/index.html");
  private static final String WRITE = "sae4j.companion";
  private static final Pattern LINE = Pattern.compile("<span style=\"--deep: \\d+\">(.*?)</span>");

  private static final List<Path> JAVA =
      Stream.of("AutoEncoder", "SparseAutoEncoder", "Loss", "Intervention")
          .map(name -> ROOT.resolve("reference/article/src/main/java/sae4j/article/" + name))
          .toList();
  private static final List<Path> OTHERS =
      List.of(
          ROOT.resolve("reference/tensor/src/main/java/sae4j/tensor/Linear"),
          ROOT.resolve("reference/companion/src/main/java/sae4j/companion/Training"));
  private static final Path LISTING =
      ROOT.resolve("tests/golden/src/test/resources/sae4j/golden/listing.py");

  private static String page() throws IOException {
    return Files.readString(PAGE);
  }

  private static byte[] written = {};

  /// `mvn test -pl reference/companion -am -Dsae4j.companion=write` writes it anew.
  @BeforeAll
  static void write_the_page() throws IOException {
    try (Backend backend = Backends.open("ejml")) {
      written = new Page(Walk.through(backend)).bytes();
    }
    if ("write".equals(System.getProperty(WRITE))) {
      Files.createDirectories(PAGE.resolveSibling(""));
      Files.write(PAGE, written);
    }
  }

  @Test
  void the_page_in_the_documents_is_what_the_program_writes() throws IOException {
    assertThat(new String(written, StandardCharsets.UTF_8))
        .as("-D%s=write mends docs/companion/index.html", WRITE)
        .isEqualTo(page());
  }

  /// The lines of a language, without the marks of the page.
  private static List<String> lines(String language) throws IOException {
    List<String> lines = new ArrayList<>();
    Pattern.compile("(?s)<pre class=\"%s\">(.*?)</pre>".formatted(language))
        .matcher(page())
        .results()
        .flatMap(block -> LINE.matcher(block.group(1)).results())
        .map(line -> line.group(1).replaceAll("<[^>]*>", ""))
        .map(line -> line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        .forEach(lines::add);
    return lines;
  }

  private static List<String> stripped(Path... sources) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path source : sources) {
      Files.readAllLines(source).forEach(line -> lines.add(line.strip()));
    }
    return lines;
  }

  @Test
  void every_java_line_stands_in_a_source() throws IOException {
    List<String> sources =
        stripped(
            Stream.concat(JAVA.stream(), OTHERS.stream())
                .map(source -> source.resolveSibling(source.getFileName() + ".java"))
                .toArray(Path[]::new));
    assertThat(lines("java")).hasSizeGreaterThan(40).allMatch(sources::contains);
  }

  /// Every statement of the article's listing, and no other.
  @Test
  void the_python_lines_are_those_of_the_listing() throws IOException {
    List<String> statements =
        stripped(LISTING).stream()
            .filter(line -> line.matches("(def|return) .*|.* = (?!\\().*|.* = \\(.*"))
            .filter(line -> !line.startsWith("#"))
            .toList();
    assertThat(lines("python")).containsExactlyInAnyOrderElementsOf(statements);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encode",
        "decode",
        "forwardPass",
        "calculateLoss",
        "performIntervention",
      })
  void every_method_of_the_article_is_shown(String method) throws IOException {
    assertThat(lines("java")).anyMatch(line -> line.contains(" " + method + "("));
  }

  @Test
  void every_meaning_belongs_to_a_line() throws IOException {
    Properties meanings = new Properties();
    meanings.load(new StringReader(Quoted.resource("lines.properties")));
    String page = page();
    for (String key : new TreeSet<>(meanings.stringPropertyNames())) {
      assertThat(page).as(key).contains("<p class=\"meaning\">" + meanings.getProperty(key));
    }
  }

  @Test
  void every_footnote_of_the_article_and_every_quirk_of_its_listing_has_its_place_once()
      throws IOException {
    String page = page();
    assertThat(Pattern.compile("data-footnote=\"(\\d)\"").matcher(page).results())
        .extracting(each -> each.group(1))
        .containsExactly("1", "2", "3", "4", "5");
    for (int footnote = 1; footnote <= 5; footnote++) {
      assertThat(page).contains("href=\"#footnote-%d\"".formatted(footnote));
    }
    assertThat(Documents.quirks()).hasSizeGreaterThan(8);
    for (Documents.Quirk quirk : Documents.quirks()) {
      assertThat(page.split(Pattern.quote("<p><b>Quirk.</b> " + quirk.what()), -1))
          .as(quirk.what())
          .hasSize(2);
    }
  }

  @Test
  void the_graph_has_the_figures_of_the_document() throws IOException {
    List<String> rows =
        Files.readAllLines(ROOT.resolve("docs/trade-off.md")).stream()
            .filter(line -> line.matches("\\| [a-z]+ \\| (l0|k)=.*"))
            .toList();
    assertThat(Documents.tradeOff()).hasSameSizeAs(rows).hasSize(25);
    assertThat(Documents.tradeOff().stream().map(Documents.Swept::architecture).distinct())
        .as("five architectures")
        .hasSize(5);
    assertThat(Files.readString(ROOT.resolve("docs/trade-off.md")))
        .contains("1,024 features", "`blocks.2.hook_resid_post`", "(mean ablation");
    assertThat(Documents.tradeOff().getFirst())
        .isEqualTo(new Documents.Swept("relu", "l0=8", 8.2, 0.8054));
  }

  @Test
  void links_within_the_page_lead_somewhere_and_one_link_leaves_it() throws IOException {
    String page = page();
    assertThat(Pattern.compile("href=\"#([^\"]+)\"").matcher(page).results())
        .isNotEmpty()
        .allSatisfy(link -> assertThat(page).contains("id=\"" + link.group(1) + "\""));
    assertThat(Pattern.compile("(?:href|src)=\"(?!#|data:)([^\"]*)").matcher(page).results())
        .extracting(link -> link.group(1))
        .containsExactly(
            "https://adamkarvonen.github.io/machine_learning/2024/06/11/sae-intuitions.html");
    assertThat(page).doesNotContain("{{");
  }
}
