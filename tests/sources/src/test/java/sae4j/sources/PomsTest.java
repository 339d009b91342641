// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What stands in more than one file says the same in all.
class PomsTest {
  private static final Pom PARENT = Pom.of(Repository.ROOT.resolve("pom.xml"));
  private static final Pom BOM = Pom.of(Repository.ROOT.resolve("reference/bom/pom.xml"));
  private static final Pattern TORNADO = Pattern.compile("\\b\\d+\\.\\d+\\.\\d+-jdk\\d+");

  static List<Pom> poms() {
    return Pom.all();
  }

  static List<Pom> published() {
    return Pom.published();
  }

  @Test
  void the_poms_that_are_checked_are_there() {
    assertThat(published()).map(Pom::artifact).contains("sae4j-tensor", "sae4j-contracts");
    assertThat(published()).map(Pom::artifact).doesNotContain("sae4j", "sae4j-bom", "sae4j-golden");
  }

  @ParameterizedTest
  @MethodSource("poms")
  void every_pom_has_the_version_of_the_parent(Pom pom) {
    assertThat(
            Stream.of(pom.values("version"), pom.values("parent", "version")).flatMap(List::stream))
        .isNotEmpty()
        .containsOnly(PARENT.values("version").getFirst());
  }

  @ParameterizedTest
  @MethodSource("poms")
  void every_pom_says_what_it_is(Pom pom) {
    assertThat(pom.values("name")).containsExactly(pom.artifact());
    assertThat(pom.values("description")).singleElement().asString().endsWith(".");
  }

  @Test
  void parent_and_bom_say_what_maven_central_asks_for() {
    for (Pom pom : List.of(PARENT, BOM)) {
      assertThat(pom.values("url")).containsExactly("https://github.com/sae4j/sae4j");
      assertThat(pom.values("licenses", "license", "name")).containsExactly("Apache-2.0");
      assertThat(pom.values("developers", "developer", "name"))
          .containsExactly("The sae4j authors");
      for (String name : List.of("connection", "developerConnection", "url")) {
        assertThat(pom.values("scm", name)).as(name).isNotEmpty();
      }
    }
  }

  @Test
  void the_bom_lists_every_module_that_is_published_and_no_other() {
    assertThat(BOM.values("dependencyManagement", "dependencies", "dependency", "artifactId"))
        .containsExactlyInAnyOrderElementsOf(published().stream().map(Pom::artifact).toList());
  }

  @ParameterizedTest
  @MethodSource("published")
  void a_module_is_named_after_the_package_that_holds_all_its_code(Pom pom) {
    Path sources = pom.folder().resolve("src/main/java");
    Set<String> packages =
        Repository.files(".java")
            .filter(file -> file.startsWith(sources))
            .map(file -> sources.relativize(file.resolveSibling("")).toString().replace('/', '.'))
            .collect(Collectors.toSet());
    List<String> names = pom.values("properties", "automatic.module.name");
    assertThat(names).hasSize(1);
    assertThat(packages).contains(names.getFirst());
    assertThat(packages).allMatch(each -> (each + ".").startsWith(names.getFirst() + "."));
  }

  @Test
  void tornadovm_has_one_version() {
    String version =
        Repository.text(Repository.ROOT.resolve(".mvn/maven.config"))
            .lines()
            .filter(line -> line.startsWith("-Dtornadovm.version="))
            .map(line -> line.substring(line.indexOf('=') + 1))
            .collect(Collectors.joining());
    assertThat(version).matches(TORNADO);
    for (Pom pom : poms()) {
      assertThat(Repository.text(pom.file())).as("%s", pom).doesNotContainPattern(TORNADO);
    }
    assertThat(versions("tests/benchmarks/gpu/on-gpu")).containsOnly(version);
    assertThat(Repository.files(".java").filter(file -> file.toString().contains("tornadovm")))
        .as("sources with the version; the build gives it to them")
        .noneMatch(file -> Repository.text(file).contains(version));
    assertThat(versions("docs/tornadovm.md")).contains(version);
    assertThat(Repository.text(Repository.ROOT.resolve("docs/tornadovm.md")))
        .contains("sdk install tornadovm " + version)
        .doesNotContainPattern("sdk install tornadovm (?!" + Pattern.quote(version) + ")");
  }

  private static List<String> versions(String file) {
    return TORNADO
        .matcher(Repository.text(Repository.ROOT.resolve(file)))
        .results()
        .map(MatchResult::group)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"distributionUrl", "distributionSha256Sum"})
  void the_wrapper_says_which_maven_and_with_which_checksum(String key) {
    assertThat(Repository.text(Repository.ROOT.resolve(".mvn/wrapper/maven-wrapper.properties")))
        .containsPattern("(?m)^%s=\\S+$".formatted(key));
  }
}
