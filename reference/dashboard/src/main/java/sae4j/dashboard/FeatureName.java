// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import sae4j.evaluation.detectors.LabelledFeatures.LabelledFeature;

/// The name of a feature, and how well it was confirmed.
///
/// @param name for people: `Javadoc tag @param`
/// @param quality of the name: `F1 0.93`; empty if it was not tested
public record FeatureName(String name, String quality) {
  /// The name that labels gave a feature; see [sae4j.evaluation.detectors.FeatureNames].
  public static FeatureName of(LabelledFeature feature) {
    String name = feature.name();
    int quality = name.endsWith(")") ? name.lastIndexOf(" (") : -1;
    return quality < 0
        ? new FeatureName(name, "")
        : new FeatureName(
            name.substring(0, quality), name.substring(quality + 2, name.length() - 1));
  }
}
