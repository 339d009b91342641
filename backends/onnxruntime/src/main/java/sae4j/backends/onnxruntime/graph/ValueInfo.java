// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a graph says about one of its tensors.
///
/// @param name what nodes call it
/// @param type its elements; null if the file leaves that to inference
/// @param dims its shape: a number, or a name for a size known at run time; null if not even the
///     rank is known
public record ValueInfo(String name, @Nullable ElementType type, @Nullable List<String> dims) {
  /// A tensor of which only the name is known. A session infers the rest.
  public static ValueInfo inferred(String name) {
    return new ValueInfo(name, null, null);
  }

  /// A tensor of which only name and type are known.
  public static ValueInfo ofType(String name, ElementType type) {
    return new ValueInfo(name, type, null);
  }
}
