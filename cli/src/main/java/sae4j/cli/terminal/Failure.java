// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.io.Serial;

/// A command cannot do what it was asked. The message is the one line the user sees: what is wrong,
/// and the remedy.
public final class Failure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  public Failure(String message) {
    super(message);
  }

  public Failure(String message, Throwable cause) {
    super(message, cause);
  }
}
