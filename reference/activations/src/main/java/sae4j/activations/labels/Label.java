// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.labels;

import java.util.Optional;

/// A statement about a stretch of Java text that is true or false of it.
///
/// Names are paths: what holds for `Javadoc: tag: @param` also holds for `Javadoc: tag` and for
/// `Javadoc`.
///
/// @param name steps from the general to the special, with `: ` between them
public record Label(String name) implements Comparable<Label> {
  private static final String STEP = ": ";

  /// The label that holds wherever this one does; empty at the top.
  public Optional<Label> parent() {
    int last = name.lastIndexOf(STEP);
    return last < 0 ? Optional.empty() : Optional.of(new Label(name.substring(0, last)));
  }

  /// Whether this label holds wherever `other` does, by their names.
  public boolean includes(Label other) {
    return other.name.startsWith(name + STEP);
  }

  /// The name as it is spoken: `Javadoc tag @param`.
  public String spoken() {
    return name.replace(STEP, " ");
  }

  @Override
  public int compareTo(Label other) {
    return name.compareTo(other.name);
  }
}
