// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Sources and documents as they stood when the program was built, and functions found in them.
final class Quoted {
  /// The listing's one misspelt name stands once in each spelling; Java has one.
  private static final String MISSPELT = "l1_coeffient";

  private Quoted() {}

  /// A function as it stands in a source.
  ///
  /// @param signature its lines before the body
  /// @param statements a line each, indented as in the body
  record Function(List<String> signature, List<String> statements) {}

  /// A file that the page quotes.
  static String text(String name) {
    return resource("quoted/" + name);
  }

  static String resource(String name) {
    try (InputStream stream = Quoted.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(name, unreadable);
    }
  }

  /// The first function of that name in the article's listing.
  static Function python(String name) {
    Matcher function =
        Pattern.compile(
                "(?m)^( *)(def %s\\(.*:)\n((?:\\1 +.*\n|\n)+)".formatted(Pattern.quote(name)))
            .matcher(text("listing.py"));
    requireFound(function, "listing.py", name);
    return new Function(List.of(function.group(2)), lines(function.group(3)));
  }

  /// The first method or constructor of that name in a Java source.
  static Function java(String type, String name) {
    Matcher method =
        Pattern.compile(
                "(?ms)^  (public (?:static )?[^;{=]*?\\b%s\\([^{]*\\{)$(.*?)^  }$"
                    .formatted(Pattern.quote(name)))
            .matcher(text(type + ".java"));
    requireFound(method, type + ".java", name);
    return new Function(lines(method.group(1)), lines(method.group(2)));
  }

  private static void requireFound(Matcher matcher, String file, String name) {
    if (!matcher.find()) {
      throw new IllegalStateException("%s has no %s any more".formatted(file, name));
    }
  }

  private static List<String> lines(String text) {
    return text.stripTrailing().stripIndent().lines().filter(line -> !line.isBlank()).toList();
  }

  /// `model_activations_BD` becomes `modelActivationsBD`.
  static String inJava(String pythonName) {
    return Pattern.compile("_(\\w)")
        .matcher(pythonName.replace(MISSPELT, "l1_coefficient"))
        .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
  }

  /// What a statement of either language assigns or declares: names; `return` for what it gives
  /// back; nothing for a mere call.
  static List<String> assigned(String line) {
    String statement = line.strip();
    if (statement.startsWith("return ")) {
      return List.of("return");
    }
    Matcher target =
        Pattern.compile("(?:[\\w<>]+ )?((?:self\\.|this\\.)?\\w[\\w, ]*?) = .*").matcher(statement);
    return target.matches()
        ? Stream.of(target.group(1).split(", ", -1))
            .map(name -> name.replaceFirst("^(self|this)\\.", ""))
            .map(Quoted::inJava)
            .toList()
        : List.of();
  }
}
