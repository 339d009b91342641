// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

/// Whether a provider can open models on this machine.
public sealed interface ModelAvailability {
  /// It can.
  ///
  /// @param detail what does the work, for the user: version and device
  record Available(String detail) implements ModelAvailability {}

  /// It cannot.
  ///
  /// @param reason what is missing, one line
  /// @param remedy what the user can do, one line
  record Unavailable(String reason, String remedy) implements ModelAvailability {}
}
