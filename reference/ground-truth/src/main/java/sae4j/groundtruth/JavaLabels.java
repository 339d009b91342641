// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// Labels Java source text with facts from Java's own compiler (`javax.tools` and the compiler tree
/// API). The text is parsed but not compiled, so no class path is needed, and facts that depend on
/// types are not labelled. Not safe for use by several threads at once.
public final class JavaLabels implements AutoCloseable {
  private final JavaCompiler compiler;
  private final StandardJavaFileManager files;

  private JavaLabels(JavaCompiler compiler) {
    this.compiler = compiler;
    this.files = compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
  }

  /// Opens the compiler of the Java that runs this program.
  ///
  /// @throws IllegalStateException if this Java has no compiler
  public static JavaLabels open() {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException(
          "the Java in %s has no compiler, which is what labels Java text; use a JDK, not a JRE"
              .formatted(System.getProperty("java.home")));
    }
    return new JavaLabels(compiler);
  }

  /// The labels of a source file.
  ///
  /// @param text the whole of it
  /// @return empty if the text is not a Java source file that the compiler can parse, also because
  ///     an expression is nested thousands deep
  public Optional<LabelledText> of(String text) {
    try {
      return labelled(text);
    } catch (StackOverflowError tooDeep) {
      return Optional.empty();
    } catch (IllegalStateException ofTheCompiler) {
      if (ofTheCompiler.getCause() instanceof StackOverflowError) {
        return Optional.empty();
      }
      throw ofTheCompiler;
    }
  }

  private Optional<LabelledText> labelled(String text) {
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    JavacTask task =
        (JavacTask)
            compiler.getTask(
                Writer.nullWriter(),
                files,
                diagnostics,
                List.of("-proc:none", "-Xlint:none"),
                null,
                List.of(new Source(text)));
    CompilationUnitTree unit;
    try {
      unit = task.parse().iterator().next();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (diagnostics.getDiagnostics().stream()
        .anyMatch(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)) {
      return Optional.empty();
    }
    LabelledText labelled = new LabelledText(text);
    List<JavaLexer.Element> elements = JavaLexer.elements(text);
    LexicalLabels.add(elements, labelled);
    ParsedSource source =
        new ParsedSource(unit, DocTrees.instance(task), new CodeElements(elements), labelled);
    new ContextLabels(source).scan(unit, null);
    new DeclarationLabels(source).scan(unit, null);
    new IdentifierLabels(source).scan(unit, null);
    new JavadocLabels(source).scan(unit, null);
    return Optional.of(labelled);
  }

  @Override
  public void close() throws IOException {
    files.close();
  }

  /// A source file in memory.
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///Source.java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
