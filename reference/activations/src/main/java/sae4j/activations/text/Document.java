// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import sae4j.models.WellFormedText;

/// A piece of text that stands by itself, or a part of one that is read in parts because it may be
/// larger than memory. Its text is well-formed Unicode, whatever it was made of.
///
/// @param name where it came from, for the user: a path, or a path and a line
/// @param text what it says
/// @param part which part of a document this is; the parts follow one another
public record Document(String name, String text, Part part) {
  /// Which part of a document something is.
  public enum Part {
    WHOLE,
    FIRST,
    MIDDLE,
    LAST;

    /// Whether a document begins with it.
    public boolean begins() {
      return this == WHOLE || this == FIRST;
    }

    /// Whether a document ends with it.
    public boolean ends() {
      return this == WHOLE || this == LAST;
    }

    /// The part that begins or does not, and ends or does not.
    public static Part of(boolean begins, boolean ends) {
      return begins ? ends ? WHOLE : FIRST : ends ? LAST : MIDDLE;
    }
  }

  /// Makes the text well-formed.
  public Document {
    text = WellFormedText.of(text);
  }

  /// A whole document.
  public Document(String name, String text) {
    this(name, text, Part.WHOLE);
  }
}
