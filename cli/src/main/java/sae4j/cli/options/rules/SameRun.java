// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import java.nio.file.Path;
import java.util.Map;
import sae4j.cli.terminal.Failure;

/// Work that goes on with the options that it was begun with, and says which of them is another.
///
/// @param kind what goes on: `capture`
/// @param options by the names under which its record keeps them
public record SameRun(String kind, Map<String, String> options) {

  /// That an option is another.
  ///
  /// @param folder of the work
  /// @param setting as the record calls it
  public Failure differs(Path folder, String setting, Object begun, Object asked) {
    return new Failure(
        "%s: the %s was begun with %s %s, not %s; give the same, or another --out"
            .formatted(folder, kind, options.getOrDefault(setting, setting), begun, asked));
  }
}
