// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

/// Whether a model reads a document-start token before each document.
public enum StartPolicy {
  /// If its tokenizer would put one there.
  AUTO,
  /// Yes, even if its tokenizer would not.
  ADD,
  /// No.
  NONE
}
