package sae4j.backends.vector;

import org.jspecify.annotations.Nullable;

/// Which elements of row-sparse codes are stored, by row and, once somebody needs it, by feature.
/// Codes and the gradients towards them share it.
final class Support {
  private final Codes codes;
  private final Workspace workspace;
  private @Nullable CodesByFeature byFeature;

  /// @param codes their values are not looked at
  Support(Codes codes, Workspace workspace) {
    this.codes = codes;
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
    byFeature().permute(value, byFeatureValue);
    return byFeatureValue;
  }
}
