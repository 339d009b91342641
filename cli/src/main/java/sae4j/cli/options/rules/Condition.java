// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import java.util.List;
import java.util.function.Predicate;

/// A choice under which options have an effect.
///
/// @param holds whether a command line makes that choice
/// @param remedy what a user is told who gave an option without it
public record Condition(Predicate<Given> holds, String remedy) {

  /// One of some options has a value.
  public static Condition with(String... options) {
    return new Condition(
        given -> List.of(options).stream().anyMatch(given::chosen),
        "it needs " + String.join(" or ", options));
  }

  /// None of some options has a value.
  public static Condition without(String... options) {
    return new Condition(
        given -> List.of(options).stream().noneMatch(given::chosen),
        "it has no effect beside %s; leave one of them out"
            .formatted(String.join(" or ", options)));
  }

  /// An option comes to one of some words.
  public static Condition choice(String option, String... words) {
    return new Condition(
        given -> List.of(words).contains(given.word(option)),
        "it needs %s %s".formatted(option, String.join(" or ", words)));
  }
}
