// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.files.FormatException;

/// How many entries of a head are rotated, where it is a part of them.
public final class PartialRotation {
  private PartialRotation() {}

  /// @param key the older field that says which part; the newer one is `partial_rotary_factor`,
  ///     among the other fields or in `rope_parameters`
  /// @param otherwise the part where none of them is there
  /// @throws FormatException if the entries do not come in pairs, or if two fields contradict each
  ///     other
  public static int turning(ModelConfig config, String key, double otherwise, int headWidth)
      throws FormatException {
    double ofHead = config.number(key, otherwise, 0, 1);
    @Nullable ModelConfig rope = config.below("rope_parameters");
    if (rope != null) {
      double given = rope.number("partial_rotary_factor", ofHead, 0, 1);
      // The library itself writes the older field beside the newer one, which counts.
      boolean same = key.equals("partial_rotary_factor");
      if (given != ofHead && config.mentions(key) && !same) {
        throw config.contradicted(key, "rope_parameters.partial_rotary_factor is " + given);
      }
      ofHead = given;
    }
    int turning = (int) (headWidth * ofHead);
    if (turning < 2 || turning % 2 != 0) {
      String why =
          "which rotates %d entries of a head of %d: they come in pairs"
              .formatted(turning, headWidth);
      throw rope != null && rope.mentions("partial_rotary_factor")
          ? rope.refused("partial_rotary_factor", why)
          : config.refused(key, why);
    }
    return turning;
  }
}
