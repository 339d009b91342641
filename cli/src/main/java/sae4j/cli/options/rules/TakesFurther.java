// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/// A command that is given further command lines in a value, as `sae train --also` is.
public interface TakesFurther {

  /// These lines, parsed, each by what the user typed: `--also '--features 512 --out narrow'`.
  Map<String, CommandSpec> further();
}
