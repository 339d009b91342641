// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja.syntax;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.Expression.Arguments;
import sae4j.models.jinja.syntax.Lexer.Kind;
import sae4j.models.jinja.syntax.Lexer.Token;

/// Expressions, in the order in which Jinja's operators bind.
class ExpressionParser {
  private static final int DEEPEST = 200;

  private final List<Token> tokens;
  private int at;
  private int depth;

  ExpressionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  final Token peek() {
    return tokens.get(at);
  }

  private Token peekBehind() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  final Token next() {
    Token token = tokens.get(at);
    at += at < tokens.size() - 1 ? 1 : 0;
    return token;
  }

  final boolean isOperator(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  final boolean isName(String name) {
    return peek().is(Kind.NAME, name);
  }

  final boolean skipOperator(String operator) {
    boolean is = isOperator(operator);
    at += is ? 1 : 0;
    return is;
  }

  final boolean skipName(String name) {
    boolean is = isName(name);
    at += is ? 1 : 0;
    return is;
  }

  final Token expect(Kind kind, String spelled) throws TemplateException {
    Token token = next();
    if (token.kind() != kind || !(spelled.isEmpty() || token.text().equals(spelled))) {
      throw TemplateException.unknown(
          token.line(),
          "'%s' in the place of %s"
              .formatted(token.text(), spelled.isEmpty() ? "a name" : "'" + spelled + "'"));
    }
    return token;
  }

  final Expression expression() throws TemplateException {
    if (++depth > DEEPEST) {
      throw TemplateException.unknown(peek().line(), "an expression so deep");
    }
    Expression value = or();
    while (isName("if")) {
      int line = next().line();
      Expression condition = or();
      @Nullable Expression no = skipName("else") ? expression() : null;
      value = new Expression.Conditional(line, condition, value, no);
    }
    depth--;
    return value;
  }

  /// An expression, or several between commas.
  final Expression tuple() throws TemplateException {
    Expression first = expression();
    if (!isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (skipOperator(",") && startsExpression()) {
      items.add(expression());
    }
    return new Expression.TupleOf(first.line(), items);
  }

  /// What a loop goes over: an `if` behind it belongs to the loop.
  final Expression withoutCondition() throws TemplateException {
    Expression first = or();
    if (!isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (skipOperator(",") && startsExpression()) {
      items.add(or());
    }
    return new Expression.TupleOf(first.line(), items);
  }

  private boolean startsExpression() {
    return switch (peek().kind()) {
      case NAME, NUMBER, STRING -> true;
      case OPERATOR -> "([{-+".contains(peek().text());
      case TEXT, BEGIN_STATEMENT, END_STATEMENT, BEGIN_OUTPUT, END_OUTPUT, END -> false;
    };
  }

  private Expression or() throws TemplateException {
    Expression left = and();
    while (isName("or")) {
      int line = next().line();
      left = new Expression.Both(line, false, left, and());
    }
    return left;
  }

  private Expression and() throws TemplateException {
    Expression left = not();
    while (isName("and")) {
      int line = next().line();
      left = new Expression.Both(line, true, left, not());
    }
    return left;
  }

  private Expression not() throws TemplateException {
    if (isName("not")) {
      int line = next().line();
      return new Expression.Not(line, not());
    }
    return comparison();
  }

  private Expression comparison() throws TemplateException {
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    int line = peek().line();
    while (true) {
      if (peek().kind() == Kind.OPERATOR
          && List.of("==", "!=", "<", "<=", ">", ">=").contains(peek().text())) {
        operators.add(next().text());
      } else if (skipName("in")) {
        operators.add("in");
      } else if (isName("not") && peekBehind().is(Kind.NAME, "in")) {
        next();
        next();
        operators.add("not in");
      } else {
        return operators.isEmpty()
            ? first
            : new Expression.Comparison(line, first, operators, others);
      }
      others.add(sum());
    }
  }

  private Expression sum() throws TemplateException {
    Expression left = concatenation();
    while (isOperator("+") || isOperator("-")) {
      Token operator = next();
      left = new Expression.Binary(operator.line(), operator.text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() throws TemplateException {
    Expression left = product();
    while (isOperator("~")) {
      Token operator = next();
      left = new Expression.Binary(operator.line(), operator.text(), left, product());
    }
    return left;
  }

  private Expression product() throws TemplateException {
    Expression left = power();
    while (isOperator("*") || isOperator("/") || isOperator("//") || isOperator("%")) {
      Token operator = next();
      left = new Expression.Binary(operator.line(), operator.text(), left, power());
    }
    return left;
  }

  private Expression power() throws TemplateException {
    Expression value = unary(true);
    if (isOperator("**")) {
      throw TemplateException.unknown(peek().line(), "the operator **");
    }
    return value;
  }

  private Expression unary(boolean filtered) throws TemplateException {
    if (++depth > DEEPEST) {
      throw TemplateException.unknown(peek().line(), "an expression so deep");
    }
    Expression value;
    if (isOperator("-")) {
      int line = next().line();
      value = new Expression.Negative(line, unary(false));
    } else if (isOperator("+")) {
      throw TemplateException.unknown(peek().line(), "a plus in front of a value");
    } else {
      value = postfix(primary());
    }
    depth--;
    return filtered ? filters(value) : value;
  }

  private Expression primary() throws TemplateException {
    Token token = next();
    int line = token.line();
    return switch (token.kind()) {
      case NAME ->
          switch (token.text()) {
            case "true", "True" -> new Expression.Literal(line, true);
            case "false", "False" -> new Expression.Literal(line, false);
            case "none", "None" -> new Expression.Literal(line, null);
            default -> new Expression.Name(line, token.text());
          };
      case NUMBER -> new Expression.Literal(line, number(token));
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (peek().kind() == Kind.STRING) {
          text.append(next().text());
        }
        yield new Expression.Literal(line, text.toString());
      }
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parenthesis(line);
            case "[" -> list(line);
            case "{" -> map(line);
            default ->
                throw TemplateException.unknown(line, "'" + token.text() + "' in this place");
          };
      case TEXT, BEGIN_STATEMENT, END_STATEMENT, BEGIN_OUTPUT, END_OUTPUT, END ->
          throw TemplateException.unknown(line, "an expression that ends in its middle");
    };
  }

  private static Object number(Token token) throws TemplateException {
    String digits = token.text().replace("_", "");
    try {
      return digits.matches("\\d+") ? (Object) Long.valueOf(digits) : Double.valueOf(digits);
    } catch (NumberFormatException tooLarge) {
      throw TemplateException.unknown(token.line(), "the number " + digits);
    }
  }

  private Expression parenthesis(int line) throws TemplateException {
    if (skipOperator(")")) {
      return new Expression.TupleOf(line, List.of());
    }
    Expression inside = tuple();
    expect(Kind.OPERATOR, ")");
    return inside;
  }

  private Expression list(int line) throws TemplateException {
    List<Expression> items = new ArrayList<>();
    while (!isOperator("]")) {
      items.add(expression());
      if (!skipOperator(",")) {
        break;
      }
    }
    expect(Kind.OPERATOR, "]");
    return new Expression.ListOf(line, items);
  }

  private Expression map(int line) throws TemplateException {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!isOperator("}")) {
      keys.add(expression());
      expect(Kind.OPERATOR, ":");
      values.add(expression());
      if (!skipOperator(",")) {
        break;
      }
    }
    expect(Kind.OPERATOR, "}");
    return new Expression.MapOf(line, keys, values);
  }

  private Expression postfix(Expression start) throws TemplateException {
    Expression value = start;
    while (true) {
      int line = peek().line();
      if (skipOperator(".")) {
        Token name = next();
        if (name.kind() == Kind.NUMBER && name.text().matches("\\d+")) {
          value = new Expression.Item(line, value, new Expression.Literal(line, number(name)));
        } else if (name.kind() == Kind.NAME) {
          value = new Expression.Attribute(line, value, name.text());
        } else {
          throw TemplateException.unknown(line, "'." + name.text() + "'");
        }
      } else if (skipOperator("[")) {
        value = subscript(line, value);
      } else if (isOperator("(")) {
        value = new Expression.Call(line, value, arguments());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(int line, Expression of) throws TemplateException {
    @Nullable Expression from = isOperator(":") ? null : expression();
    if (from != null && skipOperator("]")) {
      return new Expression.Item(line, of, from);
    }
    expect(Kind.OPERATOR, ":");
    @Nullable Expression to = isOperator(":") || isOperator("]") ? null : expression();
    @Nullable Expression step = null;
    if (skipOperator(":") && !isOperator("]")) {
      step = expression();
    }
    expect(Kind.OPERATOR, "]");
    return new Expression.Slice(line, of, from, to, step);
  }

  final Arguments arguments() throws TemplateException {
    expect(Kind.OPERATOR, "(");
    List<Expression> byPosition = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!isOperator(")")) {
      if (peek().kind() == Kind.NAME && peekBehind().is(Kind.OPERATOR, "=")) {
        String name = next().text();
        next();
        named.put(name, expression());
      } else {
        byPosition.add(expression());
      }
      if (!skipOperator(",")) {
        break;
      }
    }
    expect(Kind.OPERATOR, ")");
    return new Arguments(byPosition, named);
  }

  private Expression filters(Expression start) throws TemplateException {
    Expression value = start;
    while (true) {
      int line = peek().line();
      if (skipOperator("|")) {
        value = new Expression.Filter(line, value, dotted(), argumentsOrNone());
      } else if (skipName("is")) {
        boolean negated = skipName("not");
        String name = dotted();
        value = new Expression.Test(line, value, name, testArguments(), negated);
      } else if (isOperator("(")) {
        value = new Expression.Call(line, value, arguments());
      } else {
        return value;
      }
    }
  }

  private String dotted() throws TemplateException {
    StringBuilder name = new StringBuilder(expect(Kind.NAME, "").text());
    while (skipOperator(".")) {
      name.append('.').append(expect(Kind.NAME, "").text());
    }
    return name.toString();
  }

  final Arguments argumentsOrNone() throws TemplateException {
    return isOperator("(") ? arguments() : Arguments.NONE;
  }

  private Arguments testArguments() throws TemplateException {
    if (isOperator("(")) {
      return arguments();
    }
    if (List.of("is", "if", "in", "not").contains(peek().text()) && peek().kind() == Kind.NAME) {
      throw TemplateException.unknown(peek().line(), "'" + peek().text() + "' behind a test");
    }
    boolean starts =
        switch (peek().kind()) {
          case STRING, NUMBER -> true;
          case NAME -> !List.of("else", "or", "and").contains(peek().text());
          case OPERATOR -> isOperator("[") || isOperator("{");
          case TEXT, BEGIN_STATEMENT, END_STATEMENT, BEGIN_OUTPUT, END_OUTPUT, END -> false;
        };
    return starts ? new Arguments(List.of(postfix(primary())), new HashMap<>()) : Arguments.NONE;
  }
}
