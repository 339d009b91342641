// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The lexer against the compiler's own, which is reached by reflection because the compiler does
/// not export it; the build opens it to this test.
class JavaLexerTest {
  private static final String JAVAC = "com.sun.tools.javac.";

  private static List<String> ours(String text) {
    return JavaLexer.elements(text).stream()
        .filter(element -> !element.kind().isComment())
        .map(element -> element.start() + " " + element.text())
        .toList();
  }

  /// The compiler's tokens; those of closing angle brackets in pieces, as ours are.
  private static List<String> theirs(String text) throws ReflectiveOperationException {
    Class<?> contextType = Class.forName(JAVAC + "util.Context");
    Object context = contextType.getConstructor().newInstance();
    Class.forName(JAVAC + "file.JavacFileManager")
        .getConstructor(contextType, boolean.class, java.nio.charset.Charset.class)
        .newInstance(context, true, StandardCharsets.UTF_8);
    Class<?> factoryType = Class.forName(JAVAC + "parser.ScannerFactory");
    Object factory = factoryType.getMethod("instance", contextType).invoke(null, context);
    Object scanner =
        factoryType
            .getMethod("newScanner", CharSequence.class, boolean.class)
            .invoke(factory, text, false);
    Class<?> lexerType = Class.forName(JAVAC + "parser.Lexer");
    Class<?> tokenType = Class.forName(JAVAC + "parser.Tokens$Token");
    List<String> tokens = new ArrayList<>();
    while (true) {
      lexerType.getMethod("nextToken").invoke(scanner);
      Object token = lexerType.getMethod("token").invoke(scanner);
      if (tokenType.getField("kind").get(token).toString().contains("end of input")
          || tokenType.getField("kind").get(token).toString().equals("token.end-of-input")) {
        return tokens;
      }
      int start = tokenType.getField("pos").getInt(token);
      int end = tokenType.getField("endPos").getInt(token);
      addPieces(start, text.substring(start, end), tokens);
    }
  }

  private static void addPieces(int start, String token, List<String> to) {
    String rest = token;
    int at = start;
    while (rest.startsWith(">") && rest.length() > 1 && !rest.equals(">=")) {
      to.add(at++ + " >");
      rest = rest.substring(1);
    }
    to.add(at + " " + rest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a>>=b>>>c>=d->e::f...g",
        "1 0x1F 0b101 1_000L .5 1.e3 1e-5 2f 0x1p-3 0xAFL 07 1.0D 5.f",
        "'a' '\\'' '\\\\' \"\" \"a\\\"b\" \"// no comment\"",
        "\"\"\"\n  text \"quoted\" \\\"\"\" still\n  \"\"\"+x",
        "/**/a/* * / */b//c\n//d\r\ne",
        "non-sealed class ä$_1{}",
        "x=y<z?a[0]:-b%~c^d|e&f!=g==h;@A(b=1)"
      })
  void it_agrees_with_the_compilers(String text) throws Exception {
    assertThat(ours(text)).isEqualTo(theirs(text));
  }

  @Test
  void it_agrees_with_the_compilers_on_the_projects_own_sources() throws Exception {
    List<Path> sources;
    try (Stream<Path> files = Files.walk(Path.of("../../reference"))) {
      sources =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> file.toString().contains("src"))
              .sorted()
              .toList();
    }
    assertThat(sources).hasSizeGreaterThan(50);
    for (Path source : sources) {
      String text = read(source);
      assertThat(ours(text)).as(source.toString()).isEqualTo(theirs(text));
    }
  }

  private static String read(Path source) throws IOException {
    return Files.readString(source);
  }
}
