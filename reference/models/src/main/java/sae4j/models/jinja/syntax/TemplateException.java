// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja.syntax;

import java.io.Serial;

/// A template that cannot be carried out.
public final class TemplateException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  /// Why.
  public enum Kind {
    /// The template uses what this interpreter does not know, or is not Jinja.
    NOT_UNDERSTOOD,
    /// The template refuses what it was given, by itself or because the values are of a kind that
    /// an operation does not have.
    REFUSED,
    /// The template takes too long or writes too much.
    TOO_MUCH
  }

  private final Kind kind;

  /// @param message a line
  public TemplateException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /// Why.
  public Kind kind() {
    return kind;
  }

  /// The template has something that is not known.
  public static TemplateException unknown(int line, String what) {
    return new TemplateException(
        Kind.NOT_UNDERSTOOD, "line %,d: %s is not known here".formatted(line, what));
  }

  /// An operation does not have such values.
  public static TemplateException refused(int line, String what) {
    return new TemplateException(Kind.REFUSED, "line %,d: %s".formatted(line, what));
  }
}
