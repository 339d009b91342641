// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ArrayAccessTree;
import com.sun.source.tree.AssertTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.SynchronizedTree;
import com.sun.source.tree.ThrowTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.TypeCastTree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.source.util.TreeScanner;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Labels of statements and expressions: the constructs that code is inside, and those that its
/// brackets, commas and semicolons belong to. [DeclarationLabels] has the labels of declarations.
final class ContextLabels extends TreeScanner<@Nullable Void, @Nullable Void> {
  private final ParsedSource source;
  private int loops;
  private int calls;

  ContextLabels(ParsedSource source) {
    this.source = source;
  }

  @Override
  public @Nullable Void visitBlock(BlockTree tree, @Nullable Void nothing) {
    tree.getStatements().forEach(this::first);
    return super.visitBlock(tree, null);
  }

  private void first(Tree statement) {
    if (source.start(statement) >= 0) {
      int first = source.code().from(source.start(statement));
      source.element("first of a statement", first, source.code().text(first));
    }
  }

  @Override
  public @Nullable Void visitPackage(PackageTree tree, @Nullable Void nothing) {
    source.label("in package declaration", tree);
    source.each("separator: .: package", ".", source.start(tree), source.end(tree));
    source.element("separator: ;: package", source.code().before(source.end(tree)), ";");
    return super.visitPackage(tree, null);
  }

  @Override
  public @Nullable Void visitImport(ImportTree tree, @Nullable Void nothing) {
    source.label(tree.isStatic() ? "in import: static" : "in import", tree);
    source.each("separator: .: import", ".", source.start(tree), source.end(tree));
    source.element("separator: ;: import", source.code().before(source.end(tree)), ";");
    return super.visitImport(tree, null);
  }

  @Override
  public @Nullable Void visitAnnotation(AnnotationTree tree, @Nullable Void nothing) {
    source.label("in annotation", tree);
    source.element("separator: @: annotation", source.code().from(source.start(tree)), "@");
    int opening = source.code().find("(", source.end(tree.getAnnotationType()), source.end(tree));
    source.brackets(opening, "annotation");
    source.inside("in annotation: arguments", opening);
    return super.visitAnnotation(tree, null);
  }

  @Override
  public @Nullable Void visitParameterizedType(ParameterizedTypeTree tree, @Nullable Void nothing) {
    source.labelled().add("in type arguments", source.end(tree.getType()), source.end(tree));
    source.element(
        "separator: <: type arguments", source.code().from(source.end(tree.getType())), "<");
    source.element("separator: >: type arguments", source.code().before(source.end(tree)), ">");
    return super.visitParameterizedType(tree, null);
  }

  // ------------------------------------------------------------------------------------ statements

  @Override
  public @Nullable Void visitIf(IfTree tree, @Nullable Void nothing) {
    condition(tree.getCondition(), "if");
    source.label("in then branch", tree.getThenStatement());
    block(tree.getThenStatement(), "if");
    StatementTree otherwise = tree.getElseStatement();
    if (otherwise != null) {
      source.label("in else branch", otherwise);
      block(otherwise, "else");
    }
    return super.visitIf(tree, null);
  }

  @Override
  public @Nullable Void visitWhileLoop(WhileLoopTree tree, @Nullable Void nothing) {
    condition(tree.getCondition(), "while");
    return loop(tree.getStatement(), () -> super.visitWhileLoop(tree, null));
  }

  @Override
  public @Nullable Void visitDoWhileLoop(DoWhileLoopTree tree, @Nullable Void nothing) {
    condition(tree.getCondition(), "while");
    return loop(tree.getStatement(), () -> super.visitDoWhileLoop(tree, null));
  }

  @Override
  public @Nullable Void visitForLoop(ForLoopTree tree, @Nullable Void nothing) {
    int opening = source.code().from(source.start(tree)) + 1;
    source.brackets(opening, "for");
    source.inside("in for header: counting", opening);
    if (tree.getCondition() != null) {
      source.label("in condition: for", tree.getCondition());
    }
    int closing = source.code().partner(opening);
    for (int i = opening + 1; i < closing; i++) {
      source.element("separator: ;: for", i, ";");
    }
    return loop(tree.getStatement(), () -> super.visitForLoop(tree, null));
  }

  @Override
  public @Nullable Void visitEnhancedForLoop(EnhancedForLoopTree tree, @Nullable Void nothing) {
    int opening = source.code().from(source.start(tree)) + 1;
    source.brackets(opening, "for");
    source.inside("in for header: each", opening);
    source.element(
        "operator: :: for each", source.code().before(source.start(tree.getExpression())), ":");
    return loop(tree.getStatement(), () -> super.visitEnhancedForLoop(tree, null));
  }

  private @Nullable Void loop(StatementTree body, Runnable visit) {
    source.label(loops > 0 ? "in loop body: nested" : "in loop body", body);
    block(body, "loop");
    loops++;
    visit.run();
    loops--;
    return null;
  }

  @Override
  public @Nullable Void visitTry(TryTree tree, @Nullable Void nothing) {
    source.label("in try block", tree.getBlock());
    block(tree.getBlock(), "try");
    BlockTree last = tree.getFinallyBlock();
    if (last != null) {
      source.label("in finally block", last);
      block(last, "finally");
    }
    return super.visitTry(tree, null);
  }

  @Override
  public @Nullable Void visitCatch(CatchTree tree, @Nullable Void nothing) {
    source.label("in catch block", tree.getBlock());
    block(tree.getBlock(), "catch");
    int opening = source.code().from(source.start(tree)) + 1;
    source.brackets(opening, "catch");
    source.inside("in catch header", opening);
    return super.visitCatch(tree, null);
  }

  @Override
  public @Nullable Void visitSwitch(SwitchTree tree, @Nullable Void nothing) {
    switchBody(tree.getExpression());
    return super.visitSwitch(tree, null);
  }

  @Override
  public @Nullable Void visitSwitchExpression(SwitchExpressionTree tree, @Nullable Void nothing) {
    switchBody(tree.getExpression());
    return super.visitSwitchExpression(tree, null);
  }

  private void switchBody(Tree selector) {
    int opening = source.code().from(source.end(selector));
    source.brackets(opening, "switch");
    source.inside("in switch", opening);
  }

  @Override
  public @Nullable Void visitCase(CaseTree tree, @Nullable Void nothing) {
    int start = source.start(tree);
    if (tree.getStatements() != null) {
      tree.getStatements().forEach(this::first);
    }
    int colon = source.code().find(":", start, source.end(tree));
    int arrow = source.code().find("->", start, source.end(tree));
    int last = arrow >= 0 && (colon < 0 || arrow < colon) ? arrow : colon;
    if (last >= 0) {
      source.labelled().add("in case label", start, source.code().get(last).end());
      source.element("operator: :: case", last, ":");
      source.element("operator: ->: case", last, "->");
    }
    return super.visitCase(tree, null);
  }

  @Override
  public @Nullable Void visitSynchronized(SynchronizedTree tree, @Nullable Void nothing) {
    source.label("in synchronized block", tree.getBlock());
    return super.visitSynchronized(tree, null);
  }

  @Override
  public @Nullable Void visitReturn(ReturnTree tree, @Nullable Void nothing) {
    statement(tree, "return");
    return super.visitReturn(tree, null);
  }

  @Override
  public @Nullable Void visitThrow(ThrowTree tree, @Nullable Void nothing) {
    statement(tree, "throw");
    return super.visitThrow(tree, null);
  }

  @Override
  public @Nullable Void visitAssert(AssertTree tree, @Nullable Void nothing) {
    statement(tree, "assert");
    return super.visitAssert(tree, null);
  }

  private void statement(Tree tree, String keyword) {
    source.label("in " + keyword + " statement", tree);
    source.element("separator: ;: " + keyword, source.code().before(source.end(tree)), ";");
  }

  private void condition(Tree parenthesised, String keyword) {
    int opening = source.code().from(source.start(parenthesised));
    source.brackets(opening, keyword);
    source.inside("in condition: " + keyword, opening);
  }

  private void block(StatementTree body, String what) {
    if (body instanceof BlockTree) {
      source.brackets(source.code().from(source.start(body)), what);
    } else {
      first(body);
    }
  }

  // ----------------------------------------------------------------------------------- expressions

  @Override
  public @Nullable Void visitMethodInvocation(MethodInvocationTree tree, @Nullable Void nothing) {
    int opening = source.code().from(source.end(tree.getMethodSelect()));
    arguments(opening, tree.getArguments(), "call");
    source.element("separator: ;: call", source.code().from(source.end(tree)), ";");
    scan(tree.getMethodSelect(), null);
    scan(tree.getTypeArguments(), null);
    calls++;
    scan(tree.getArguments(), null);
    calls--;
    return null;
  }

  @Override
  public @Nullable Void visitNewClass(NewClassTree tree, @Nullable Void nothing) {
    int opening = source.code().find("(", source.end(tree.getIdentifier()), source.end(tree));
    arguments(opening, tree.getArguments(), "new");
    source.label("in object creation", tree);
    if (tree.getClassBody() != null) {
      source.label("in anonymous class", tree.getClassBody());
    }
    return super.visitNewClass(tree, null);
  }

  private void arguments(int opening, List<? extends Tree> arguments, String what) {
    if (!source.code().text(opening).equals("(")) {
      return;
    }
    source.brackets(opening, arguments.isEmpty() ? what + ": without arguments" : what);
    source.inside(calls > 0 ? "in call arguments: nested" : "in call arguments", opening);
    commas(arguments, "arguments");
  }

  private void commas(List<? extends Tree> trees, String what) {
    for (Tree tree : trees.subList(0, Math.max(0, trees.size() - 1))) {
      source.element("separator: ,: " + what, source.code().from(source.end(tree)), ",");
    }
  }

  @Override
  public @Nullable Void visitLambdaExpression(LambdaExpressionTree tree, @Nullable Void nothing) {
    source.label("in lambda", tree);
    int arrow = source.code().before(source.start(tree.getBody()));
    source.element("operator: ->: lambda", arrow, "->");
    if (tree.getBody() instanceof BlockTree body) {
      block(body, "lambda");
    }
    return super.visitLambdaExpression(tree, null);
  }

  @Override
  public @Nullable Void visitNewArray(NewArrayTree tree, @Nullable Void nothing) {
    if (tree.getInitializers() != null) {
      int opening = source.code().find("{", source.start(tree), source.end(tree));
      source.brackets(opening, "array");
      source.inside("in array initialiser", opening);
      commas(tree.getInitializers(), "array");
    }
    return super.visitNewArray(tree, null);
  }

  @Override
  public @Nullable Void visitArrayAccess(ArrayAccessTree tree, @Nullable Void nothing) {
    int opening = source.code().from(source.end(tree.getExpression()));
    source.brackets(opening, "index");
    source.label("in array index", tree.getIndex());
    return super.visitArrayAccess(tree, null);
  }

  @Override
  public @Nullable Void visitTypeCast(TypeCastTree tree, @Nullable Void nothing) {
    int opening = source.code().from(source.start(tree));
    source.brackets(opening, "cast");
    source.inside("in cast", opening);
    return super.visitTypeCast(tree, null);
  }

  @Override
  public @Nullable Void visitConditionalExpression(
      ConditionalExpressionTree tree, @Nullable Void nothing) {
    source.label("in conditional expression", tree);
    source.element(
        "operator: :: conditional",
        source.code().before(source.start(tree.getFalseExpression())),
        ":");
    return super.visitConditionalExpression(tree, null);
  }

  @Override
  public @Nullable Void visitAssignment(AssignmentTree tree, @Nullable Void nothing) {
    source.label("in assignment: target", tree.getVariable());
    source.label("in assignment: value", tree.getExpression());
    source.element(
        "operator: =: assignment", source.code().from(source.end(tree.getVariable())), "=");
    return super.visitAssignment(tree, null);
  }

  @Override
  public @Nullable Void visitBinary(BinaryTree tree, @Nullable Void nothing) {
    int sign = source.code().from(source.end(tree.getLeftOperand()));
    int last = source.code().before(source.start(tree.getRightOperand()));
    switch (tree.getKind()) {
      case LESS_THAN -> {
        source.element("operator: <", sign, "<");
        source.element("comparison operator", sign, "<");
      }
      case GREATER_THAN -> {
        source.element("operator: >", sign, ">");
        source.element("comparison operator", sign, ">");
      }
      case RIGHT_SHIFT, UNSIGNED_RIGHT_SHIFT -> {
        for (int i = sign; i <= last; i++) {
          source.element("operator: >>", i, ">");
        }
      }
      case PLUS -> {
        if (isText(tree)) {
          source.element("operator: +: of strings", sign, "+");
          source.label("in string concatenation", tree);
        }
      }
      default -> {}
    }
    return super.visitBinary(tree, null);
  }

  /// Whether a sum has a string literal among its terms, which can be known without types.
  private static boolean isText(Tree tree) {
    return tree.getKind() == Tree.Kind.STRING_LITERAL
        || (tree instanceof BinaryTree sum
            && sum.getKind() == Tree.Kind.PLUS
            && (isText(sum.getLeftOperand()) || isText(sum.getRightOperand())));
  }
}
