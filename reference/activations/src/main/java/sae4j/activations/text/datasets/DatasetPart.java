// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.datasets;

import org.jspecify.annotations.Nullable;

/// Which part of a data set is read.
///
/// @param subset what the library `datasets` calls a configuration; null where there is one, or a
///     default
/// @param split null for `train`, or for the only one
public record DatasetPart(@Nullable String subset, @Nullable String split) {
  /// The usual one.
  public static final DatasetPart USUAL = new DatasetPart(null, null);

  /// Whether a part was named.
  public boolean named() {
    return subset != null || split != null;
  }

  /// For those who are told what is read; empty for the usual.
  public String description() {
    return (subset == null ? "" : ", subset \"%s\"".formatted(subset))
        + (split == null ? "" : ", split \"%s\"".formatted(split));
  }
}
