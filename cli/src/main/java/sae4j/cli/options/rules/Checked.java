// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import picocli.CommandLine.ParameterException;

/// A command whose options depend on each other.
public interface Checked {

  /// Checks the command line as a whole. Nothing is opened, read or written here: what depends on a
  /// file is checked when the file is.
  ///
  /// @throws ParameterException naming an option and its value, if one has no effect or does not go
  ///     with the others
  void check(Given given);
}
