package sae4j.backends.onnxruntime.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a graph says of one of its tensors.
///
/// @param name what nodes call it
/// @param type its elements; null where the file leaves that to inference
/// @param dims its shape: a number, or a name for a size known at run time; null where not even the
///     rank is said
public record ValueInfo(String name, @Nullable ElementType type, @Nullable List<String> dims) {
  /// A tensor of which nothing but the name is said: a session infers the rest.
  public static ValueInfo inferred(String name) {
    return new ValueInfo(name, null, null);
  }

  /// A tensor whose type is known and whose shape is not.
  public static ValueInfo ofType(String name, ElementType type) {
    return new ValueInfo(name, type, null);
  }
}
