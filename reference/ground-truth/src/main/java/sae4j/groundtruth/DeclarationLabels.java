// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.List;
import java.util.Locale;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/// Labels of declarations: the part of a class, method or field that code is in, its modifiers, and
/// what its braces and semicolons close.
final class DeclarationLabels extends TreeScanner<@Nullable Void, @Nullable Void> {
  private static final List<Modifier> VISIBLE_MODIFIERS =
      List.of(
          Modifier.PUBLIC,
          Modifier.PROTECTED,
          Modifier.PRIVATE,
          Modifier.STATIC,
          Modifier.ABSTRACT,
          Modifier.FINAL);

  private final ParsedSource source;
  private int classes;
  private int methods;

  DeclarationLabels(ParsedSource source) {
    this.source = source;
  }

  @Override
  public @Nullable Void visitClass(ClassTree tree, @Nullable Void nothing) {
    String kind =
        switch (tree.getKind()) {
          case INTERFACE -> "interface";
          case ENUM -> "enum";
          case RECORD -> "record";
          case ANNOTATION_TYPE -> "annotation type";
          default -> "class";
        };
    boolean anonymous = tree.getSimpleName().isEmpty();
    int body = bodyOf(tree);
    source.brackets(body, anonymous ? "anonymous class" : kind);
    source.inside("in " + kind + " body", body);
    if (classes > 0) {
      source.label("in nested class", tree);
    }
    if (!anonymous) {
      header(tree, body);
    }
    for (Tree member : tree.getMembers()) {
      if (member instanceof VariableTree field) {
        field(field, body);
      } else if (member instanceof BlockTree initialiser) {
        source.label("in initialiser block", initialiser);
      }
    }
    classes++;
    int outer = methods;
    methods = 0;
    super.visitClass(tree, null);
    methods = outer;
    classes--;
    return null;
  }

  /// The brace that opens a class: the first one outside parentheses after everything that a header
  /// can contain.
  private int bodyOf(ClassTree tree) {
    int from = Math.max(source.start(tree), source.end(tree.getModifiers()));
    return source.code().find("{", from, source.end(tree));
  }

  private void header(ClassTree tree, int body) {
    if (body < 0) {
      return;
    }
    int start = Math.max(source.start(tree), source.end(tree.getModifiers()));
    int end = source.code().get(body).end();
    source.labelled().add("in class header", start, end);
    clause("in extends clause", "extends", start, end, List.of("implements", "permits", "{"));
    clause("in implements clause", "implements", start, end, List.of("permits", "{"));
    typeParameters(tree.getTypeParameters());
  }

  private void clause(String name, String keyword, int start, int end, List<String> enders) {
    int first = source.code().find(keyword, start, end);
    // A bound of a type parameter also has `extends`, inside angle brackets.
    while (first > 0 && source.code().text(first - 2).equals("<")) {
      first = source.code().find(keyword, source.code().get(first).end(), end);
    }
    for (String ender : enders) {
      int last = first < 0 ? -1 : source.code().find(ender, source.code().get(first).end(), end);
      if (last > first) {
        source
            .labelled()
            .add(name, source.code().get(first).start(), source.code().get(last - 1).end());
        return;
      }
    }
  }

  private void typeParameters(List<? extends Tree> parameters) {
    if (!parameters.isEmpty()) {
      int opening = source.code().before(source.start(parameters.getFirst()));
      int closing = source.code().from(source.end(parameters.getLast()));
      source.element("separator: <: type parameters", opening, "<");
      source.element("separator: >: type parameters", closing, ">");
      parameters.forEach(parameter -> source.label("in type parameters", parameter));
    }
  }

  private void field(VariableTree tree, int body) {
    if (body < 0 || source.start(tree) < source.code().get(body).start()) {
      return; // a record's component
    }
    source.label("in field declaration", tree);
    modified("in field declaration", tree.getModifiers(), tree);
    source.element("separator: ;: field", source.code().before(source.end(tree)), ";");
    source.element("separator: ;: field", source.code().from(source.end(tree)), ";");
  }

  @Override
  public @Nullable Void visitMethod(MethodTree tree, @Nullable Void nothing) {
    BlockTree body = tree.getBody();
    boolean constructor = tree.getReturnType() == null;
    String kind = constructor ? "constructor" : "method";
    int start = Math.max(source.start(tree), source.end(tree.getModifiers()));
    int end = body == null ? source.end(tree) : source.start(body);
    source.labelled().add("in " + kind + " header", source.start(tree), end);
    modified("in method header", tree.getModifiers(), source.start(tree), end);
    int opening = source.code().find("(", start, end);
    source.brackets(opening, tree.getParameters().isEmpty() ? "no parameters" : "parameters");
    source.inside("in parameter list", opening);
    commas(tree.getParameters(), "parameters");
    if (!tree.getThrows().isEmpty()) {
      source
          .labelled()
          .add(
              "in throws clause",
              source.start(tree.getThrows().getFirst()),
              source.end(tree.getThrows().getLast()));
    }
    typeParameters(tree.getTypeParameters());
    if (body == null) {
      source.element("separator: ;: abstract method", source.code().before(end), ";");
    } else {
      source.brackets(source.code().from(source.start(body)), kind);
      source.label("in " + kind + " body", body);
      modified("in method body", tree.getModifiers(), source.start(body), source.end(body));
    }
    methods++;
    super.visitMethod(tree, null);
    methods--;
    return null;
  }

  @Override
  public @Nullable Void visitVariable(VariableTree tree, @Nullable Void nothing) {
    Tree initial = tree.getInitializer();
    if (initial != null && source.end(tree) == source.end(initial) + 1) {
      String kind = methods > 0 ? "local variable" : "field";
      source.label("in initialiser: " + kind, initial);
      source.element("operator: =: " + kind, source.code().before(source.start(initial)), "=");
      if (methods > 0) {
        source.label("in local variable declaration", tree);
        source.element("separator: ;: local variable", source.code().before(source.end(tree)), ";");
      }
    }
    return super.visitVariable(tree, null);
  }

  private void modified(String name, ModifiersTree modifiers, Tree tree) {
    modified(name, modifiers, source.start(tree), source.end(tree));
  }

  private void modified(String name, ModifiersTree modifiers, int start, int end) {
    for (Modifier modifier : VISIBLE_MODIFIERS) {
      if (modifiers.getFlags().contains(modifier)) {
        source.labelled().add(name + ": " + modifier.name().toLowerCase(Locale.ROOT), start, end);
      }
    }
  }

  private void commas(List<? extends Tree> trees, String what) {
    for (Tree tree : trees.subList(0, Math.max(0, trees.size() - 1))) {
      source.element("separator: ,: " + what, source.code().from(source.end(tree)), ",");
    }
  }
}
