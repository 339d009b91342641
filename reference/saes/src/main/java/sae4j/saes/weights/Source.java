// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import sae4j.files.TensorData;

/// What a file said beyond [SaeWeights], kept so that writing the same format again loses nothing.
///
/// @param format the name of the format that it was read from; empty if it was trained here
/// @param config the file's own configuration
/// @param tensors statistics and the like, by their names in the file
/// @param assumptions what the file leaves open and the reader took for granted, with the reason, a
///     line each
/// @param kind the one of these lines that says whether it is an SAE or a transcoder; empty where
///     the file itself says so
public record Source(
    String format,
    ObjectNode config,
    Map<String, TensorData> tensors,
    List<String> assumptions,
    String kind) {
  /// Gemma Scope 2's field for the average number of active features a token.
  private static final String L0 = "l0";

  /// Nothing to keep.
  public static final Source NONE = new Source("", JsonNodeFactory.instance.objectNode(), Map.of());

  public Source {
    assumptions = List.copyOf(assumptions);
  }

  /// Of a file that says everything.
  public Source(String format, ObjectNode config, Map<String, TensorData> tensors) {
    this(format, config, tensors, List.of());
  }

  /// Of a file that says whether it is an SAE or a transcoder.
  public Source(
      String format, ObjectNode config, Map<String, TensorData> tensors, List<String> assumptions) {
    this(format, config, tensors, assumptions, "");
  }

  /// Whether the file itself says that it is an SAE, or that it is a transcoder.
  public boolean saysKind() {
    return kind.isEmpty();
  }

  /// Where the user has said which of the two it is.
  Source ofKnownKind() {
    List<String> others = assumptions.stream().filter(line -> !line.equals(kind)).toList();
    return new Source(format, config, tensors, others);
  }

  /// With one more line of what was taken for granted.
  Source assuming(String line) {
    return new Source(
        format,
        config,
        tensors,
        Stream.concat(assumptions.stream(), Stream.of(line)).toList(),
        kind);
  }

  /// The L0 that it was published with, where something says so.
  OptionalDouble statedL0() {
    JsonNode stated = config.path(L0);
    return stated.isNumber() && stated.doubleValue() > 0
        ? OptionalDouble.of(stated.doubleValue())
        : OptionalDouble.empty();
  }

  /// With an L0 that something else than its configuration states.
  ///
  /// @param reason the line that says what does
  public Source stating(int l0, String reason) {
    ObjectNode stated = config.deepCopy().put(L0, l0);
    return new Source(format, stated, tensors, assumptions, kind).assuming(reason);
  }

  /// The configuration to start from when a format is written: the file's own, if it was of that
  /// format, else an empty one.
  public ObjectNode configFor(String format) {
    return format.equals(this.format) ? config.deepCopy() : JsonNodeFactory.instance.objectNode();
  }

  /// The further tensors to write in a format.
  public Map<String, TensorData> tensorsFor(String format) {
    return format.equals(this.format) ? tensors : Map.of();
  }
}
