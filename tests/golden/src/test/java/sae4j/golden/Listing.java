// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The names in the article's listing, in order: each function with its parameters and the names it
/// assigns.
///
/// The parser supports only the Python of the listing: `def` on one line, one assignment per line.
final class Listing {
  private static final Pattern CLASS = Pattern.compile("class (\\w+)\\(.*");
  private static final Pattern FUNCTION = Pattern.compile("(\\s*)def (\\w+)\\((.*)\\)(?: -> .*)?:");
  private static final Pattern ASSIGNMENT = Pattern.compile("\\s+(\\w[\\w., ]*?) = .*");
  private static final Pattern RETURN = Pattern.compile("\\s+return (\\w+(?:, \\w+)*)");
  private static final Pattern PARAMETER_TYPE = Pattern.compile(":[^,]*");

  /// A function of the listing.
  ///
  /// @param owner the class around it, or empty
  /// @param name in Python
  /// @param parameters in Python, without `self`
  /// @param assigned the names it assigns, in order; fields as `self.name`
  /// @param returned the names it returns, if it returns names and not an expression
  record Function(
      String owner,
      String name,
      List<String> parameters,
      List<String> assigned,
      List<String> returned) {
    List<String> fields() {
      return assigned.stream()
          .filter(target -> target.startsWith("self."))
          .map(field -> field.substring(5))
          .toList();
    }

    List<String> locals() {
      return assigned.stream().filter(Predicate.not(target -> target.startsWith("self."))).toList();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private Listing() {}

  static List<Function> functions(String python) {
    List<Function> functions = new ArrayList<>();
    String owner = "";
    for (String line : python.lines().toList()) {
      Matcher type = CLASS.matcher(line);
      Matcher function = FUNCTION.matcher(line);
      Matcher assignment = ASSIGNMENT.matcher(line);
      Matcher result = RETURN.matcher(line);
      if (type.matches()) {
        owner = type.group(1);
      } else if (function.matches()) {
        List<String> parameters =
            new ArrayList<>(names(PARAMETER_TYPE.matcher(function.group(3)).replaceAll("")));
        parameters.remove("self");
        functions.add(
            new Function(
                function.group(1).isEmpty() ? "" : owner,
                function.group(2),
                parameters,
                new ArrayList<>(),
                new ArrayList<>()));
      } else if (assignment.matches()) {
        functions.getLast().assigned().addAll(names(assignment.group(1)));
      } else if (result.matches()) {
        functions.getLast().returned().addAll(names(result.group(1)));
      }
    }
    return functions;
  }

  private static List<String> names(String commaSeparated) {
    return Arrays.stream(commaSeparated.split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /// `model_activations_BD` becomes `modelActivationsBD`: camel case, with the shape suffix kept.
  /// The listing's one misspelt name is spelt as in the body of the function.
  static String inJava(String pythonName) {
    String[] words = pythonName.replace("l1_coeffient", "l1_coefficient").split("_", -1);
    StringBuilder name = new StringBuilder(words[0]);
    for (String word : Arrays.asList(words).subList(1, words.length)) {
      name.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
    }
    return name.toString();
  }

  static List<String> inJava(List<String> pythonNames) {
    return pythonNames.stream().map(Listing::inJava).toList();
  }
}
