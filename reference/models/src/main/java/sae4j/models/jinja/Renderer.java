// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.Expression;
import sae4j.models.jinja.syntax.Statement;
import sae4j.models.jinja.syntax.TemplateException;

/// Carries out the statements of a template.
final class Renderer {
  private static final int DEEPEST_CALL = 50;

  /// Steps that a round of a loop counts for.
  private static final int ROUND = 10;

  private final Budget budget = new Budget();
  private final Evaluator evaluator = new Evaluator(budget);
  private int calls;

  /// What a statement does to the loop around it.
  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  /// Renders a template.
  ///
  /// @param globals what its names stand for
  static String render(List<Statement> template, Map<String, @Nullable Object> globals)
      throws TemplateException {
    Renderer renderer = new Renderer();
    Scope scope = new Scope(null);
    scope.set(
        "namespace", (Callable) (arguments, named, line) -> namespace(arguments, named, line));
    scope.set("range", (Callable) renderer::range);
    scope.set("dict", (Callable) (arguments, named, line) -> dict(arguments, named, line));
    scope.set("raise_exception", (Callable) renderer::raise);
    globals.forEach(scope::set);
    StringBuilder out = new StringBuilder();
    renderer.run(template, new Scope(scope), out);
    return out.toString();
  }

  private static Object namespace(
      List<@Nullable Object> arguments, Map<String, @Nullable Object> named, int line)
      throws TemplateException {
    if (!arguments.isEmpty()) {
      throw TemplateException.unknown(line, "'namespace' of a mapping");
    }
    return new Namespace(named);
  }

  private static Object dict(
      List<@Nullable Object> arguments, Map<String, @Nullable Object> named, int line)
      throws TemplateException {
    if (!arguments.isEmpty()) {
      throw TemplateException.unknown(line, "'dict' of a value");
    }
    return new HashMap<>(named);
  }

  private Object range(
      List<@Nullable Object> arguments, Map<String, @Nullable Object> named, int line)
      throws TemplateException {
    if (arguments.isEmpty() || arguments.size() > 3 || !named.isEmpty()) {
      throw TemplateException.unknown(line, "'range' with such arguments");
    }
    long from = arguments.size() == 1 ? 0 : Values.whole(arguments.get(0), line);
    long to = Values.whole(arguments.get(arguments.size() == 1 ? 0 : 1), line);
    long step = arguments.size() == 3 ? Values.whole(arguments.get(2), line) : 1;
    if (step == 0) {
      throw TemplateException.refused(line, "a range in steps of 0");
    }
    List<@Nullable Object> numbers = new ArrayList<>();
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      budget.work(1);
      numbers.add(i);
    }
    return new Series(Series.Kind.RANGE, numbers);
  }

  private Object raise(
      List<@Nullable Object> arguments, Map<String, @Nullable Object> named, int line)
      throws TemplateException {
    throw new TemplateException(
        TemplateException.Kind.REFUSED,
        arguments.isEmpty() ? "it refuses them" : Values.text(arguments.getFirst(), line, budget));
  }

  private Flow run(List<Statement> statements, Scope scope, StringBuilder out)
      throws TemplateException {
    for (Statement each : statements) {
      Flow flow = run(each, scope, out);
      if (flow != Flow.ON) {
        return flow;
      }
    }
    return Flow.ON;
  }

  private Flow run(Statement statement, Scope scope, StringBuilder out) throws TemplateException {
    budget.work(1);
    switch (statement) {
      case Statement.Text text -> write(text.text(), out);
      case Statement.Output output ->
          write(Values.text(evaluator.value(output.value(), scope), output.line(), budget), out);
      case Statement.If choice -> {
        for (int i = 0; i < choice.conditions().size(); i++) {
          if (Values.truth(evaluator.value(choice.conditions().get(i), scope))) {
            return run(choice.branches().get(i), scope, out);
          }
        }
      }
      case Statement.For loop -> loop(loop, scope, out);
      case Statement.Set set ->
          assign(set.names(), evaluator.value(set.value(), scope), scope, set.line());
      case Statement.SetAttribute set -> {
        if (!(scope.get(set.of()) instanceof Namespace space)) {
          throw TemplateException.refused(set.line(), "'" + set.of() + "' is no namespace");
        }
        space.set(set.name(), evaluator.value(set.value(), scope));
      }
      case Statement.SetBlock set -> {
        StringBuilder text = new StringBuilder();
        run(set.body(), new Scope(scope), text);
        scope.set(set.name(), text.toString());
      }
      case Statement.Macro macro ->
          scope.set(macro.name(), (Callable) (a, n, l) -> call(macro, scope, a, n, l));
      case Statement.Block block -> {
        return run(block.body(), scope, out);
      }
      case Statement.Break _ -> {
        return Flow.BREAK;
      }
      case Statement.Continue _ -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.ON;
  }

  private void write(String text, StringBuilder out) throws TemplateException {
    budget.making(text.length());
    out.append(text);
  }

  private void assign(List<String> names, @Nullable Object value, Scope scope, int line)
      throws TemplateException {
    if (names.size() == 1) {
      scope.set(names.getFirst(), value);
      return;
    }
    List<@Nullable Object> parts = Values.items(value, line, budget);
    if (parts.size() != names.size()) {
      throw TemplateException.refused(
          line, "%,d values for %,d names".formatted(parts.size(), names.size()));
    }
    for (int i = 0; i < parts.size(); i++) {
      scope.set(names.get(i), parts.get(i));
    }
  }

  private void loop(Statement.For loop, Scope scope, StringBuilder out) throws TemplateException {
    List<@Nullable Object> items = new ArrayList<>();
    for (Object item : Values.items(evaluator.value(loop.values(), scope), loop.line(), budget)) {
      @Nullable Expression condition = loop.condition();
      if (condition != null) {
        Scope inner = new Scope(scope);
        assign(loop.names(), item, inner, loop.line());
        if (!Values.truth(evaluator.value(condition, inner))) {
          continue;
        }
      }
      items.add(item);
    }
    if (items.isEmpty()) {
      run(loop.otherwise(), scope, out);
    }
    for (int i = 0; i < items.size(); i++) {
      budget.work(ROUND);
      Scope inner = new Scope(scope);
      assign(loop.names(), items.get(i), inner, loop.line());
      inner.set("loop", about(items, i));
      if (run(loop.body(), inner, out) == Flow.BREAK) {
        return;
      }
    }
  }

  private static Namespace about(List<@Nullable Object> items, int at) {
    Map<String, @Nullable Object> about = new HashMap<>();
    about.put("index", at + 1L);
    about.put("index0", (long) at);
    about.put("revindex", (long) items.size() - at);
    about.put("revindex0", items.size() - at - 1L);
    about.put("first", at == 0);
    about.put("last", at == items.size() - 1);
    about.put("length", (long) items.size());
    about.put("depth", 1L);
    about.put("depth0", 0L);
    about.put("previtem", at == 0 ? new Undefined("previtem") : items.get(at - 1));
    about.put("nextitem", at == items.size() - 1 ? new Undefined("nextitem") : items.get(at + 1));
    return Namespace.ofSome(about);
  }

  private String call(
      Statement.Macro macro,
      Scope scope,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named,
      int line)
      throws TemplateException {
    if (arguments.size() > macro.parameters().size()
        || !macro.parameters().containsAll(named.keySet())) {
      throw TemplateException.unknown(line, "the macro '" + macro.name() + "' with such arguments");
    }
    if (++calls > DEEPEST_CALL) {
      throw TemplateException.unknown(line, "a macro that calls itself so often");
    }
    Scope inner = new Scope(scope);
    for (int i = 0; i < macro.parameters().size(); i++) {
      String parameter = macro.parameters().get(i);
      @Nullable Expression otherwise = macro.defaults().get(parameter);
      if (i < arguments.size()) {
        inner.set(parameter, arguments.get(i));
      } else if (named.containsKey(parameter)) {
        inner.set(parameter, named.get(parameter));
      } else {
        inner.set(
            parameter,
            otherwise == null ? new Undefined(parameter) : evaluator.value(otherwise, inner));
      }
    }
    StringBuilder out = new StringBuilder();
    run(macro.body(), inner, out);
    calls--;
    return out.toString();
  }
}
