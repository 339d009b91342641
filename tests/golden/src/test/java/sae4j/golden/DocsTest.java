// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Everything that the documents cite exists: code as `Class#member`, files and headings as links.
final class DocsTest {
  private static final Pattern CITATION = Pattern.compile("`(?<type>[A-Z]\\w*)#(?<member>\\w+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\((?<target>[^)\\s]*)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*)$");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");

  private static final Map<String, List<Path>> SOURCES =
      Stream.of("reference", "backends", "cli", "tests")
          .map(Repository.ROOT::resolve)
          .flatMap(folder -> Repository.files(folder, ".java").stream())
          .collect(Collectors.groupingBy(source -> source.getFileName().toString()));

  static Stream<Path> documents() {
    return Stream.concat(
        Stream.of("README.md", "CONTRIBUTING.md").map(Repository.ROOT::resolve),
        Repository.files(Repository.ROOT.resolve("docs"), ".md").stream());
  }

  private static String prose(Path document) {
    return FENCE.matcher(Repository.text(document)).replaceAll("");
  }

  @Test
  void the_two_maps_of_the_article_are_there_and_cite_code() {
    assertThat(documents())
        .map(Path::getFileName)
        .map(Path::toString)
        .contains("article.md", "gradients.md");
    assertThat(CITATION.matcher(prose(Repository.ROOT.resolve("docs/article.md"))).results())
        .hasSizeGreaterThan(10);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void every_cited_member_is_declared_in_a_source_of_that_name(Path document) {
    List<String> missing =
        CITATION
            .matcher(prose(document))
            .results()
            .filter(citation -> !isDeclared(citation.group("type"), citation.group("member")))
            .map(citation -> citation.group())
            .toList();
    assertThat(missing).as("cited in %s and declared nowhere", document).isEmpty();
  }

  private static boolean isDeclared(String type, String member) {
    return SOURCES.getOrDefault(type + ".java", List.of()).stream()
        .anyMatch(source -> declaration(member).matcher(Repository.text(source)).find());
  }

  /// A type and a name at the start of a line, then what follows a method, a field or the end of a
  /// declaration. A call or a mention has no type before it. A statement `return name(` only seems
  /// to have one.
  private static Pattern declaration(String member) {
    return Pattern.compile(
        "(?m)^ *+(?!return |throw |new |//|\\* )(?:@\\w+ )?[\\w<>\\[\\],.@? ]*[\\w>\\]?] +%s *[(;=]"
            .formatted(member));
  }

  @Test
  void a_call_is_no_declaration() {
    assertThat("    return encode(x);\n    x.encode(y);\n    foo(encode(y));\n/// reads encode(y)")
        .doesNotContainPattern(declaration("encode"));
    assertThat("  public Tensor encode(Tensor x) {").containsPattern(declaration("encode"));
    assertThat("  public final Linear encoderDF;").containsPattern(declaration("encoderDF"));
    assertThat("  Storage matmul(Storage a, Storage b);").containsPattern(declaration("matmul"));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void every_relative_link_leads_somewhere(Path document) {
    List<String> dead =
        LINK.matcher(prose(document))
            .results()
            .map(link -> link.group("target"))
            .filter(target -> !target.contains("://") && !target.startsWith("mailto:"))
            .filter(target -> !leadsSomewhere(document, target))
            .toList();
    assertThat(dead).as("dead links of %s", document).isEmpty();
  }

  private static boolean leadsSomewhere(Path document, String target) {
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = path.isEmpty() ? document : document.resolveSibling(path);
    if (!Files.exists(file)) {
      return false;
    }
    boolean isDocument = path.isEmpty() || path.endsWith(".md");
    return hash < 0 || !isDocument || anchors(file).contains(target.substring(hash + 1));
  }

  /// Headings as GitHub turns them into anchors.
  private static List<String> anchors(Path document) {
    return HEADING
        .matcher(prose(document))
        .results()
        .map(heading -> heading.group(1).strip().toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }
}
