// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.pickle;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// What a pickle of tensors holds, as a tree of plain values.
///
/// A node is a `Map` (keys are strings, in the pickle's order), a `List` (tuples included), a
/// [TensorReference], a `String`, a `Boolean`, a `Long`, a `BigInteger`, a `Double`, or null for
/// None.
public final class PickledState {
  private static final int DEEPEST = 64;
  private static final String REMEDY =
      "save plain tensors, for example torch.save(model.state_dict(), path)";

  private final Path file;
  private final String field;

  /// A limit, because a small pickle can share parts so that it unfolds to any size.
  private long nodesLeft;

  private PickledState(Path file, String field, int length) {
    this.file = file;
    this.field = field;
    this.nodesLeft = 1000 + 4L * length;
  }

  /// Reads a pickle without running anything in it.
  ///
  /// @param file the file that holds it, for the error line
  /// @param field its name in that file
  /// @param pickle its bytes
  /// @throws FormatException if it is malformed, if it asks for anything but tensors and plain
  ///     values, or if it is nested too deeply or unfolds to too much
  public static @Nullable Object read(Path file, String field, byte[] pickle)
      throws FormatException {
    Object raw;
    try {
      raw = new AllowedUnpickler(pickle).load();
    } catch (RefusedPickle refused) {
      throw new FormatException(file, field, refused.problem(), REMEDY, refused);
    } catch (IOException | RuntimeException malformed) {
      // The library trusts its input, so malformed input shows as a failed cast, index or number.
      throw new FormatException(
          file,
          field,
          "is no well-formed pickle",
          "the file is damaged: fetch or save it again",
          malformed);
    }
    return new PickledState(file, field, pickle.length).plain(raw, 0);
  }

  private @Nullable Object plain(@Nullable Object raw, int depth) throws FormatException {
    if (depth > DEEPEST) {
      throw refused("is nested more than " + DEEPEST + " deep");
    }
    if (--nodesLeft < 0) {
      throw refused("repeats shared parts beyond measure");
    }
    return switch (raw) {
      case null -> null;
      case TensorReference tensor -> tensor;
      case String text -> text;
      case Boolean flag -> flag;
      case Integer number -> number.longValue();
      case Long number -> number;
      case BigInteger number -> number;
      case Double number -> number;
      case Object[] tuple -> plainList(Arrays.asList(tuple), depth);
      case List<?> list -> plainList(list, depth);
      case Map<?, ?> dictionary -> plainMap(dictionary, depth);
      default -> throw refused("holds a class or a marker where a value belongs");
    };
  }

  private List<@Nullable Object> plainList(List<?> list, int depth) throws FormatException {
    List<@Nullable Object> plain = new ArrayList<>(list.size());
    for (Object element : list) {
      plain.add(plain(element, depth + 1));
    }
    return Collections.unmodifiableList(plain);
  }

  private Map<String, @Nullable Object> plainMap(Map<?, ?> dictionary, int depth)
      throws FormatException {
    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : dictionary.entrySet()) {
      String key = String.valueOf(entry.getKey());
      if (plain.containsKey(key)) {
        throw refused(
            "has the dictionary key "
                + FormatException.quote(key)
                + " as a string and as a number");
      }
      plain.put(key, plain(entry.getValue(), depth + 1));
    }
    return Collections.unmodifiableMap(plain);
  }

  private FormatException refused(String problem) {
    return new FormatException(file, field, problem, REMEDY);
  }
}
