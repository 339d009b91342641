// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.parquet;

/// What stands in the place of a value that has no form in JSON, with the reason: bytes that are no
/// text, or a kind of value that is not read.
///
/// @param reason what it is, as in `"text" is REASON, not a string`
public record NotText(String reason) {
  @Override
  public String toString() {
    return reason;
  }
}
