// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.io.Serial;

/// An SAE that a format has no form for. The message says which property that is, and which formats
/// have one.
public final class InexpressibleException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  public InexpressibleException(String message) {
    super(message);
  }
}
