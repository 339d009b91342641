// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import sae4j.backends.ejml.EjmlBackend;

/// EJML behind a recorder: steps are replayed, everything else runs at once.
class RecordingProperties extends BackendContract {
  RecordingProperties() {
    super(new RecordingBackend(new EjmlBackend()).backend());
  }
}
