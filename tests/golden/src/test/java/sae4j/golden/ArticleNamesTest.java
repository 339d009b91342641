// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.article.Intervention;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.golden.Listing.Function;

/// `reference/article` has the listing's names, parameters and statements in the listing's order,
/// and few others.
final class ArticleNamesTest {
  private static final Path ARTICLE =
      Repository.ROOT.resolve("reference/article/src/main/java/sae4j/article");

  /// Python has functions outside classes, Java does not.
  private static final Map<String, Class<?>> HOME =
      Map.of(
          "SparseAutoEncoder", SparseAutoEncoder.class,
          "calculate_loss", Loss.class,
          "perform_intervention", Intervention.class);

  /// Parameters that the listing does not have. PyTorch keeps a global device and generator, which
  /// are parameters here. The article's 317 is one feature of many.
  private static final Map<String, List<String>> ADDED_PARAMETERS =
      Map.of("__init__", List.of("backend", "seed"), "perform_intervention", List.of("feature"));

  /// Java cannot unpack a pair into two names, so the pair also has a name.
  private static final Map<String, List<String>> ADDED_LOCALS =
      Map.of("calculate_loss", List.of("forwardPass"));

  private static final Pattern LOCAL =
      Pattern.compile("(?m)^ +(?:var|[A-Z][\\w<>, ]*) (\\w+) =(?!=)");
  private static final Pattern FIELD_ASSIGNMENT = Pattern.compile("(?m)^ +this\\.(\\w+) = ");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?([\\w.]+);");

  static List<Function> functions() {
    try (InputStream listing = ArticleNamesTest.class.getResourceAsStream("listing.py")) {
      return Listing.functions(
          new String(Objects.requireNonNull(listing).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Class<?> home(Function function) {
    String key = function.owner().isEmpty() ? function.name() : function.owner();
    return Objects.requireNonNull(HOME.get(key), () -> "the listing has an unknown " + key);
  }

  private static Executable inJava(Function function) {
    Class<?> home = home(function);
    if (function.name().equals("__init__")) {
      Constructor<?>[] constructors = home.getConstructors();
      assertThat(constructors).as("constructors of " + home.getSimpleName()).hasSize(1);
      return constructors[0];
    }
    String name = Listing.inJava(function.name());
    // The overload for several layers has fewer parameters, and comes after the article's function.
    return Arrays.stream(home.getDeclaredMethods())
        .filter(method -> method.getName().equals(name))
        .max((a, b) -> Integer.compare(a.getParameterCount(), b.getParameterCount()))
        .orElseThrow(
            () -> new AssertionError("%s has no method %s".formatted(home.getSimpleName(), name)));
  }

  private static String source(Class<?> type) {
    return Repository.text(ARTICLE.resolve(type.getSimpleName() + ".java"));
  }

  /// From the first declaration of the function to the closing brace at its indentation.
  private static String body(Function function) {
    String source = source(home(function));
    String name =
        function.name().equals("__init__") ? function.owner() : Listing.inJava(function.name());
    Pattern declaration =
        Pattern.compile("(?ms)^  public [^;{=]*\\b" + name + "\\([^{]*\\{$(.*?)^  }$");
    return declaration
        .matcher(source)
        .results()
        .findFirst()
        .map(match -> match.group(1))
        .orElseThrow(
            () ->
                new AssertionError(
                    "no declaration of %s is recognised in the source".formatted(name)));
  }

  @Test
  void the_listing_is_read_whole() {
    assertThat(functions())
        .extracting(Function::name)
        .containsExactly(
            "__init__",
            "encode",
            "decode",
            "forward_pass",
            "calculate_loss",
            "perform_intervention");
    assertThat(functions().get(4).locals())
        .hasSize(7)
        .startsWith("reconstructed_model_activations_BD")
        .endsWith("loss");
    assertThat(Listing.inJava("reconstructed_model_activations_BD"))
        .isEqualTo("reconstructedModelActivationsBD");
  }

  @ParameterizedTest
  @MethodSource("functions")
  void parameters_have_the_listings_names_in_its_order(Function function) {
    List<String> parameters =
        new ArrayList<>(
            Arrays.stream(inJava(function).getParameters()).map(Parameter::getName).toList());
    List<String> added = ADDED_PARAMETERS.getOrDefault(function.name(), List.of());
    assertThat(parameters).containsAll(added);
    parameters.removeAll(added);
    assertThat(parameters).isEqualTo(Listing.inJava(function.parameters()));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void statements_assign_the_listings_names_in_its_order(Function function) {
    String body = body(function);
    List<String> locals = new ArrayList<>(matches(LOCAL, body));
    List<String> added = ADDED_LOCALS.getOrDefault(function.name(), List.of());
    assertThat(locals).containsAll(added);
    locals.removeAll(added);
    assertThat(locals).isEqualTo(Listing.inJava(function.locals()));
    assertThat(matches(FIELD_ASSIGNMENT, body)).isEqualTo(Listing.inJava(function.fields()));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void what_the_listing_returns_by_name_is_returned_by_that_name(Function function) {
    List<String> returned = Listing.inJava(function.returned());
    if (returned.size() == 1) {
      assertThat(body(function)).contains("return %s;".formatted(returned.getFirst()));
    } else if (returned.size() > 1) {
      Class<?> result = ((Method) inJava(function)).getReturnType();
      assertThat(result.getRecordComponents())
          .extracting(RecordComponent::getName)
          .isEqualTo(returned);
      assertThat(body(function))
          .contains(
              "return new %s(%s);".formatted(result.getSimpleName(), String.join(", ", returned)));
    }
  }

  @Test
  void fields_and_methods_stand_in_the_listings_order() {
    List<Function> ofTheClass =
        functions().stream().filter(function -> !function.owner().isEmpty()).toList();
    assertThat(SparseAutoEncoder.class.getDeclaredFields())
        .filteredOn(Predicate.not(Field::isSynthetic))
        .allMatch(field -> Modifier.isFinal(field.getModifiers()))
        .extracting(Field::getName)
        .containsExactlyInAnyOrderElementsOf(Listing.inJava(ofTheClass.getFirst().fields()));
    String source = source(SparseAutoEncoder.class);
    List<Integer> places =
        Stream.concat(
                Listing.inJava(ofTheClass.getFirst().fields()).stream()
                    .map(field -> " %s;".formatted(field)),
                ofTheClass.stream()
                    .map(
                        function ->
                            function.name().equals("__init__")
                                ? "SparseAutoEncoder"
                                : Listing.inJava(function.name()))
                    .map(name -> "  public [\\w ]*%s\\(".formatted(name)))
            .map(declaration -> Pattern.compile(declaration).matcher(source).results().findFirst())
            .map(match -> match.map(MatchResult::start).orElse(-1))
            .toList();
    assertThat(places).doesNotContain(-1).isSorted();
  }

  @Test
  void the_article_needs_fewer_than_150_lines_of_code() {
    long lines =
        Repository.files(ARTICLE, ".java").stream()
            .flatMap(file -> Repository.text(file).lines())
            .map(String::strip)
            .filter(
                line -> !line.isEmpty() && !line.startsWith("//") && !line.startsWith("import "))
            .count();
    assertThat(lines).isPositive().isLessThan(150);
  }

  @Test
  void the_article_imports_tensors_and_java_and_nothing_else() {
    Repository.files(ARTICLE, ".java").stream()
        // The package's null marking is not part of the article's code.
        .filter(file -> !file.endsWith("package-info.java"))
        .forEach(
            file ->
                assertThat(matches(IMPORT, Repository.text(file)))
                    .as(file.getFileName().toString())
                    .isNotEmpty()
                    .allMatch(
                        name -> name.startsWith("sae4j.tensor.") || name.startsWith("java.")));
  }

  private static List<String> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }
}
