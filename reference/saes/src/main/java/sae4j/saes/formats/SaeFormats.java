// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.SaeWeights;

/// The formats by name, and which one a path is of: those of this library, and those of other jars
/// on the class path. A new one is a file and a line; see [SaeFormat].
public final class SaeFormats {
  private static final List<SaeFormat> ALL =
      ServiceLoader.load(SaeFormat.class, SaeFormat.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private SaeFormats() {}

  /// All of them.
  public static List<SaeFormat> all() {
    return ALL;
  }

  /// One by its name.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public static SaeFormat named(String name) {
    return ALL.stream()
        .filter(format -> format.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown format '%s': choose %s"
                        .formatted(
                            name,
                            ALL.stream().map(SaeFormat::name).collect(Collectors.joining(", ")))));
  }

  /// The format of what is at a path.
  ///
  /// @throws FormatException if it is of none, or of several
  public static SaeFormat recognise(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    List<SaeFormat> found = new ArrayList<>();
    for (SaeFormat format : ALL) {
      if (format.recognises(path)) {
        found.add(format);
      }
    }
    if (found.size() == 1) {
      return found.getFirst();
    }
    if (found.isEmpty()) {
      throw new FormatException(
          path,
          Files.isDirectory(path) ? "folder" : "file",
          "holds no SAE in a known format",
          "known are "
              + ALL.stream()
                  .map(format -> format.name() + " (" + format.meaning() + ")")
                  .collect(Collectors.joining("; ")));
    }
    throw new FormatException(
        path,
        "folder",
        "holds SAEs in several formats: "
            + found.stream().map(SaeFormat::name).collect(Collectors.joining(", ")),
        "keep each in a folder of its own");
  }

  /// Reads an SAE in any format.
  ///
  /// @throws FormatException if it is in none, or not what it claims to be
  public static SaeWeights read(Path path) throws IOException {
    return recognise(path).read(path);
  }

  /// Writes an SAE. A new folder appears with everything in it or not at all; in one that exists,
  /// each file does, and other files stay.
  ///
  /// @return what was folded or left out, a line each
  /// @throws InexpressibleException if the format has no form for it
  public static List<String> write(SaeFormat format, Path path, SaeWeights weights)
      throws IOException {
    Optional<String> refusal = format.refusal(weights);
    if (refusal.isPresent()) {
      String others =
          ALL.stream()
              .filter(other -> other.refusal(weights).isEmpty())
              .map(SaeFormat::name)
              .collect(Collectors.joining(", "));
      throw new InexpressibleException(
          "%s cannot hold this %s: %s; %s"
              .formatted(
                  format.name(),
                  weights.kind(),
                  refusal.get(),
                  others.isEmpty() ? "no format here can" : "choose one of: " + others));
    }
    if (Files.exists(path) || !format.writesFolder(path)) {
      return format.write(path, weights);
    }
    Path parent = path.toAbsolutePath().normalize().getParent();
    if (parent != null) {
      NewFile.folder(parent);
    }
    List<String> notes = new ArrayList<>();
    AtomicWrite.folder(path, partial -> notes.addAll(format.write(partial, weights)));
    return notes;
  }
}
