// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import org.jspecify.annotations.Nullable;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.codes.CodesByFeature;
import sae4j.backends.vector.parallel.Workers;

/// Which elements of row-sparse codes are stored, by row and, on first use, by feature. Codes and
/// the gradients with respect to them share one support.
final class Support {
  private final Codes codes;
  private final Workers workers;
  private final Workspace workspace;
  private @Nullable CodesByFeature byFeature;

  /// @param codes their values are ignored
  Support(Codes codes, Workers workers, Workspace workspace) {
    this.codes = codes;
    this.workers = workers;
    this.workspace = workspace;
  }

  Codes codes() {
    return codes;
  }

  CodesByFeature byFeature() {
    CodesByFeature known = byFeature;
    if (known == null) {
      known = workspace.codesByFeature();
      known.build(codes);
      byFeature = known;
    }
    return known;
  }

  /// Values in the order of [#byFeature], in scratch memory of the step.
  float[] permuted(float[] value) {
    float[] byFeatureValue = workspace.roomyFloats(codes.count());
    byFeature().permute(value, byFeatureValue, workers);
    return byFeatureValue;
  }
}
