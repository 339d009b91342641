// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja.syntax;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.Lexer.Kind;
import sae4j.models.jinja.syntax.Lexer.Token;

/// A template as statements.
public final class Parser extends ExpressionParser {
  private static final int DEEPEST = 100;

  private int depth;

  private Parser(List<Token> tokens) {
    super(tokens);
  }

  /// Reads a template.
  ///
  /// @throws TemplateException if it is none
  public static List<Statement> parse(String template) throws TemplateException {
    Parser parser = new Parser(Lexer.tokens(template));
    List<Statement> all = parser.body(Set.of());
    if (parser.peek().kind() != Kind.END) {
      throw TemplateException.unknown(parser.peek().line(), "'" + parser.peek().text() + "'");
    }
    return all;
  }

  /// Statements up to one of those names, or to the end; the name is the next token.
  private List<Statement> body(Set<String> ends) throws TemplateException {
    if (++depth > DEEPEST) {
      throw TemplateException.unknown(peek().line(), "a template so deep");
    }
    List<Statement> statements = new ArrayList<>();
    while (peek().kind() != Kind.END) {
      Token token = next();
      switch (token.kind()) {
        case TEXT -> statements.add(new Statement.Text(token.line(), token.text()));
        case BEGIN_OUTPUT -> {
          statements.add(new Statement.Output(token.line(), tuple()));
          expect(Kind.END_OUTPUT, "}}");
        }
        case BEGIN_STATEMENT -> {
          if (peek().kind() == Kind.NAME && ends.contains(peek().text())) {
            depth--;
            return statements;
          }
          statements.add(statement());
        }
        default -> throw TemplateException.unknown(token.line(), "'" + token.text() + "'");
      }
    }
    if (!ends.isEmpty()) {
      throw TemplateException.unknown(
          peek().line(), "a statement without " + String.join("/", ends));
    }
    depth--;
    return statements;
  }

  private Statement statement() throws TemplateException {
    Token name = expect(Kind.NAME, "");
    int line = name.line();
    return switch (name.text()) {
      case "if" -> branches(line);
      case "for" -> loop(line);
      case "set" -> assignment(line);
      case "macro" -> macro(line);
      case "generation" -> {
        end();
        List<Statement> body = body(Set.of("endgeneration"));
        next();
        yield ended(new Statement.Block(line, body));
      }
      case "break" -> ended(new Statement.Break(line));
      case "continue" -> ended(new Statement.Continue(line));
      default -> throw TemplateException.unknown(line, "the statement '" + name.text() + "'");
    };
  }

  private void end() throws TemplateException {
    expect(Kind.END_STATEMENT, "%}");
  }

  private Statement ended(Statement statement) throws TemplateException {
    end();
    return statement;
  }

  private Statement branches(int line) throws TemplateException {
    List<Expression> conditions = new ArrayList<>();
    List<List<Statement>> branches = new ArrayList<>();
    conditions.add(tuple());
    end();
    while (true) {
      branches.add(body(Set.of("elif", "else", "endif")));
      Token next = next();
      if (next.text().equals("elif")) {
        conditions.add(tuple());
        end();
      } else if (next.text().equals("else")) {
        conditions.add(new Expression.Literal(next.line(), true));
        end();
        branches.add(body(Set.of("endif")));
        next();
        return ended(new Statement.If(line, conditions, branches));
      } else {
        return ended(new Statement.If(line, conditions, branches));
      }
    }
  }

  private Statement loop(int line) throws TemplateException {
    List<String> names = names();
    expect(Kind.NAME, "in");
    Expression values = withoutCondition();
    @Nullable Expression condition = skipName("if") ? expression() : null;
    if (isName("recursive")) {
      throw TemplateException.unknown(line, "a recursive loop");
    }
    end();
    List<Statement> body = body(Set.of("else", "endfor"));
    List<Statement> otherwise = List.of();
    if (next().text().equals("else")) {
      end();
      otherwise = body(Set.of("endfor"));
      next();
    }
    return ended(new Statement.For(line, names, values, condition, body, otherwise));
  }

  private List<String> names() throws TemplateException {
    boolean parenthesis = skipOperator("(");
    List<String> names = new ArrayList<>();
    do {
      names.add(expect(Kind.NAME, "").text());
    } while (skipOperator(","));
    if (parenthesis) {
      expect(Kind.OPERATOR, ")");
    }
    return names;
  }

  private Statement assignment(int line) throws TemplateException {
    List<String> names = names();
    if (names.size() == 1 && skipOperator(".")) {
      String attribute = expect(Kind.NAME, "").text();
      expect(Kind.OPERATOR, "=");
      return ended(new Statement.SetAttribute(line, names.getFirst(), attribute, tuple()));
    }
    if (skipOperator("=")) {
      return ended(new Statement.Set(line, names, tuple()));
    }
    if (names.size() > 1 || isOperator("|")) {
      throw TemplateException.unknown(line, "a set of this form");
    }
    end();
    List<Statement> body = body(Set.of("endset"));
    next();
    return ended(new Statement.SetBlock(line, names.getFirst(), body));
  }

  private Statement macro(int line) throws TemplateException {
    String name = expect(Kind.NAME, "").text();
    List<String> parameters = new ArrayList<>();
    Map<String, Expression> defaults = new LinkedHashMap<>();
    expect(Kind.OPERATOR, "(");
    while (!isOperator(")")) {
      String parameter = expect(Kind.NAME, "").text();
      parameters.add(parameter);
      if (skipOperator("=")) {
        defaults.put(parameter, expression());
      }
      if (!skipOperator(",")) {
        break;
      }
    }
    expect(Kind.OPERATOR, ")");
    end();
    List<Statement> body = body(Set.of("endmacro"));
    next();
    if (isName(name)) {
      next();
    }
    return ended(new Statement.Macro(line, name, parameters, defaults, body));
  }
}
