// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.InstanceOfTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.TypeCastTree;
import com.sun.source.tree.TypeParameterTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/// Labels of identifiers: what each identifier declares or refers to.
///
/// The parser knows declarations, types and calls. A simple name in an expression is looked up in
/// the scopes of this file, innermost first. A name that this file does not declare is a type if it
/// begins with a capital and has a lower-case letter, and has no role otherwise.
final class IdentifierLabels extends TreeScanner<@Nullable Void, @Nullable Void> {
  private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*");
  private static final Pattern TYPE = Pattern.compile("[A-Z]\\w*[a-z]\\w*");
  private static final int SHORTEST_CONSTANT = 2;

  private final ParsedSource source;
  private final Deque<Map<String, String>> scopes = new ArrayDeque<>();

  /// The use of the types that are being visited; null in expressions.
  private @Nullable String typeOf;

  IdentifierLabels(ParsedSource source) {
    this.source = source;
  }

  // ---------------------------------------------------------------------------------- declarations

  @Override
  public @Nullable Void visitPackage(PackageTree tree, @Nullable Void nothing) {
    words("identifier: package", source.start(tree.getPackageName()), source.end(tree));
    return null;
  }

  @Override
  public @Nullable Void visitImport(ImportTree tree, @Nullable Void nothing) {
    int end = source.end(tree.getQualifiedIdentifier());
    int last = source.code().before(end);
    words(
        "identifier: package",
        source.start(tree.getQualifiedIdentifier()),
        source.code().get(last).start());
    words("identifier: imported name", source.code().get(last).start(), end);
    return null;
  }

  @Override
  public @Nullable Void visitClass(ClassTree tree, @Nullable Void nothing) {
    scan(tree.getModifiers(), null);
    if (!tree.getSimpleName().isEmpty()) {
      declared(
          "type",
          tree.getSimpleName(),
          Math.max(source.start(tree), source.end(tree.getModifiers())));
    }
    scan(tree.getTypeParameters(), null);
    types("super type", tree.getExtendsClause());
    tree.getImplementsClause().forEach(type -> types("super type", type));
    tree.getPermitsClause().forEach(type -> types("permitted type", type));
    Map<String, String> fields = new HashMap<>();
    for (Tree member : tree.getMembers()) {
      if (member instanceof VariableTree field) {
        fields.put(field.getName().toString(), "field");
      }
    }
    inScope(
        fields,
        () -> {
          for (Tree member : tree.getMembers()) {
            if (member instanceof VariableTree field) {
              variable(field, tree.getKind() == Tree.Kind.ENUM ? fieldOfEnum(field) : "field");
            } else {
              scan(member, null);
            }
          }
        });
    return null;
  }

  /// A constant of an enum is a field whose declaration begins with its name.
  private String fieldOfEnum(VariableTree field) {
    int first = source.code().from(Math.max(source.start(field), source.end(field.getModifiers())));
    boolean constant =
        source.code().text(first).equals(field.getName().toString())
            && !source.code().text(first + 1).equals(field.getName().toString());
    return constant ? "enum constant" : "field";
  }

  @Override
  public @Nullable Void visitMethod(MethodTree tree, @Nullable Void nothing) {
    if (source.start(tree) < 0) {
      return null;
    }
    scan(tree.getModifiers(), null);
    scan(tree.getTypeParameters(), null);
    types("return type", tree.getReturnType());
    int from = Math.max(source.start(tree), source.end(tree.getModifiers()));
    if (tree.getReturnType() == null) {
      int name = source.code().before(openingOf(tree, from));
      declare("constructor", name);
    } else {
      int name = declared("method", tree.getName(), source.end(tree.getReturnType()));
      if (tree.getModifiers().getFlags().contains(Modifier.STATIC)) {
        declare("method: static", name);
      }
      if (tree.getBody() == null) {
        declare("method: abstract", name);
      }
    }
    inScope(
        new HashMap<>(),
        () -> {
          tree.getParameters().forEach(parameter -> variable(parameter, "parameter"));
          tree.getThrows().forEach(type -> types("thrown type", type));
          scan(tree.getDefaultValue(), null);
          scan(tree.getBody(), null);
        });
    return null;
  }

  private int openingOf(MethodTree tree, int from) {
    int opening = source.code().find("(", from, source.end(tree));
    int body = source.code().find("{", from, source.end(tree));
    int first = opening < 0 || (body >= 0 && body < opening) ? body : opening;
    return first < 0 ? from : source.code().get(first).start();
  }

  @Override
  public @Nullable Void visitTypeParameter(TypeParameterTree tree, @Nullable Void nothing) {
    declared("type parameter", tree.getName(), source.start(tree));
    tree.getBounds().forEach(bound -> types("bound", bound));
    return null;
  }

  @Override
  public @Nullable Void visitVariable(VariableTree tree, @Nullable Void nothing) {
    return variable(tree, "local variable");
  }

  private @Nullable Void variable(VariableTree tree, String role) {
    scan(tree.getModifiers(), null);
    int from = Math.max(source.start(tree), source.end(tree.getModifiers()));
    boolean written = tree.getType() != null && source.end(tree.getType()) > from;
    if (!role.equals("enum constant")) {
      types(role + " type", tree.getType());
      from = written ? source.end(tree.getType()) : from;
    }
    declared(role, tree.getName(), from);
    if (!scopes.isEmpty()) {
      scopes.peek().put(tree.getName().toString(), role.equals("enum constant") ? "field" : role);
    }
    scan(tree.getInitializer(), null);
    return null;
  }

  /// Labels the first word with this name from a position on as a declaration.
  private int declared(String role, CharSequence name, int from) {
    for (int i = Math.max(0, source.code().from(from)); i < source.code().size(); i++) {
      if (source.code().text(i).contentEquals(name)) {
        declare(role, i);
        return i;
      }
    }
    return -1;
  }

  private void declare(String role, int index) {
    if (index >= 0) {
      source.element("identifier: declared: " + role, index, source.code().text(index));
      constant(index);
    }
  }

  // ---------------------------------------------------------------------------------------- scopes

  private void inScope(Map<String, String> names, Runnable visit) {
    String outer = typeOf;
    typeOf = null;
    scopes.push(names);
    visit.run();
    scopes.pop();
    typeOf = outer;
  }

  @Override
  public @Nullable Void visitBlock(BlockTree tree, @Nullable Void nothing) {
    inScope(new HashMap<>(), () -> super.visitBlock(tree, null));
    return null;
  }

  @Override
  public @Nullable Void visitForLoop(ForLoopTree tree, @Nullable Void nothing) {
    inScope(new HashMap<>(), () -> super.visitForLoop(tree, null));
    return null;
  }

  @Override
  public @Nullable Void visitEnhancedForLoop(EnhancedForLoopTree tree, @Nullable Void nothing) {
    inScope(new HashMap<>(), () -> super.visitEnhancedForLoop(tree, null));
    return null;
  }

  @Override
  public @Nullable Void visitTry(TryTree tree, @Nullable Void nothing) {
    inScope(new HashMap<>(), () -> super.visitTry(tree, null));
    return null;
  }

  @Override
  public @Nullable Void visitCase(CaseTree tree, @Nullable Void nothing) {
    inScope(new HashMap<>(), () -> super.visitCase(tree, null));
    return null;
  }

  @Override
  public @Nullable Void visitCatch(CatchTree tree, @Nullable Void nothing) {
    inScope(
        new HashMap<>(),
        () -> {
          variable(tree.getParameter(), "caught exception");
          scan(tree.getBlock(), null);
        });
    return null;
  }

  @Override
  public @Nullable Void visitLambdaExpression(LambdaExpressionTree tree, @Nullable Void nothing) {
    inScope(
        new HashMap<>(),
        () -> {
          tree.getParameters().forEach(parameter -> variable(parameter, "lambda parameter"));
          scan(tree.getBody(), null);
        });
    return null;
  }

  // ----------------------------------------------------------------------------------------- types

  private void types(@Nullable String use, @Nullable Tree type) {
    if (type == null) {
      return;
    }
    String outer = typeOf;
    typeOf = use;
    scan(type, null);
    typeOf = outer;
  }

  @Override
  public @Nullable Void visitParameterizedType(ParameterizedTypeTree tree, @Nullable Void nothing) {
    types(typeOf == null ? "type argument" : typeOf, tree.getType());
    tree.getTypeArguments().forEach(argument -> types("type argument", argument));
    return null;
  }

  @Override
  public @Nullable Void visitNewClass(NewClassTree tree, @Nullable Void nothing) {
    types(null, tree.getEnclosingExpression());
    types("created type", tree.getIdentifier());
    tree.getTypeArguments().forEach(argument -> types("type argument", argument));
    tree.getArguments().forEach(argument -> types(null, argument));
    scan(tree.getClassBody(), null);
    return null;
  }

  @Override
  public @Nullable Void visitNewArray(NewArrayTree tree, @Nullable Void nothing) {
    types("created type", tree.getType());
    tree.getDimensions().forEach(dimension -> types(null, dimension));
    if (tree.getInitializers() != null) {
      tree.getInitializers().forEach(value -> types(null, value));
    }
    return null;
  }

  @Override
  public @Nullable Void visitTypeCast(TypeCastTree tree, @Nullable Void nothing) {
    types("cast type", tree.getType());
    return scan(tree.getExpression(), null);
  }

  @Override
  public @Nullable Void visitInstanceOf(InstanceOfTree tree, @Nullable Void nothing) {
    scan(tree.getExpression(), null);
    if (tree.getPattern() == null) {
      types("tested type", tree.getType());
    } else {
      scan(tree.getPattern(), null);
    }
    return null;
  }

  @Override
  public @Nullable Void visitAnnotation(AnnotationTree tree, @Nullable Void nothing) {
    words(
        "annotation name",
        source.start(tree.getAnnotationType()),
        source.end(tree.getAnnotationType()));
    tree.getArguments().forEach(argument -> types(null, argument));
    return null;
  }

  // ----------------------------------------------------------------------------------- expressions

  @Override
  public @Nullable Void visitMethodInvocation(MethodInvocationTree tree, @Nullable Void nothing) {
    ExpressionTree called = tree.getMethodSelect();
    int name = source.code().before(source.end(called));
    if (name >= 0 && !LexicalLabels.isReserved(source.code().text(name))) {
      boolean qualified = called instanceof MemberSelectTree;
      source.element(
          "identifier: called method: " + (qualified ? "qualified" : "unqualified"),
          name,
          source.code().text(name));
    }
    tree.getTypeArguments().forEach(argument -> types("type argument", argument));
    if (called instanceof MemberSelectTree select) {
      qualifier(select.getExpression(), "separator: .: call", select);
    }
    tree.getArguments().forEach(argument -> types(null, argument));
    return null;
  }

  @Override
  public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void nothing) {
    int name = source.code().before(source.end(tree));
    if (typeOf != null) {
      source.element("identifier: type: " + typeOf, name, tree.getIdentifier().toString());
      words(
          "identifier: qualifier of a type", source.start(tree), source.end(tree.getExpression()));
      return null;
    }
    if (!LexicalLabels.isReserved(tree.getIdentifier().toString())) {
      source.element("identifier: member", name, tree.getIdentifier().toString());
      constant(name);
    }
    qualifier(tree.getExpression(), "separator: .: member", tree);
    return null;
  }

  @Override
  public @Nullable Void visitMemberReference(MemberReferenceTree tree, @Nullable Void nothing) {
    int name = source.code().before(source.end(tree));
    if (!LexicalLabels.isReserved(source.code().text(name))) {
      source.element("identifier: method reference", name, source.code().text(name));
    }
    return scan(tree.getQualifierExpression(), null);
  }

  private void qualifier(ExpressionTree qualifier, String dot, MemberSelectTree tree) {
    source.element(dot, source.code().find(".", source.end(qualifier), source.end(tree)), ".");
    scan(qualifier, null);
  }

  @Override
  public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void nothing) {
    String name = tree.getName().toString();
    int index = source.start(tree) < 0 ? -1 : source.code().from(source.start(tree));
    if (LexicalLabels.isReserved(name) || !source.code().text(index).equals(name)) {
      return null;
    }
    if (typeOf != null) {
      String use = name.equals("var") ? "var" : "type: " + typeOf;
      source.element("identifier: " + use, index, name);
      return null;
    }
    constant(index);
    for (Map<String, String> scope : scopes) {
      String role = scope.get(name);
      if (role != null) {
        source.element("identifier: used: " + role, index, name);
        return null;
      }
    }
    if (TYPE.matcher(name).matches()) {
      source.element("identifier: type: qualifier in expression", index, name);
    }
    return null;
  }

  private void constant(int index) {
    String name = source.code().text(index);
    if (name.length() >= SHORTEST_CONSTANT && CONSTANT.matcher(name).matches()) {
      source.element("identifier in capitals", index, name);
    }
  }

  /// Labels every word in a range of the text.
  private void words(String name, int start, int end) {
    for (int i = source.code().from(start);
        i < source.code().size() && source.code().get(i).start() < end;
        i++) {
      if (source.code().get(i).kind() == JavaLexer.Kind.WORD) {
        source.element(name, i, source.code().text(i));
      }
    }
  }
}
