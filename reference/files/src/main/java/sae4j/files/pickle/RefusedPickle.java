// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.pickle;

import net.razorvine.pickle.PickleException;

/// A pickle asks for something that it does not get. This package catches the exception and reports
/// a [FormatException][sae4j.files.FormatException].
final class RefusedPickle extends PickleException {
  private static final long serialVersionUID = 1L;

  private final String problem;

  /// @param problem the middle of an error line: what the pickle has, and what was expected
  RefusedPickle(String problem) {
    super(problem);
    this.problem = problem;
  }

  String problem() {
    return problem;
  }
}
