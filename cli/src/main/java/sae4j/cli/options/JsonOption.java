// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import picocli.CommandLine.Option;

/// `--json`: the result for other programs.
public final class JsonOption {
  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  /// Whether it was given.
  public boolean given() {
    return json;
  }
}
