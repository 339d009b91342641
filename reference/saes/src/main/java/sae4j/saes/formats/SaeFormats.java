// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorData;
import sae4j.files.references.HubCache;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.TokensRead;

/// The formats by name, and which one a path is of: those of this library, and those of other jars
/// on the class path. A new one is a file and a line; see [SaeFormat].
public final class SaeFormats {
  private static final List<SaeFormat> ALL =
      ServiceLoader.load(SaeFormat.class, SaeFormat.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  /// What to do where a part of an SAE is missing.
  public static final String GIVE_A_FOLDER = "give the folder of a trained SAE";

  /// How many folders are looked into, and how deep, for SAEs below one that holds none.
  private static final int MOST_LOOKED_INTO = 2000;

  private static final int DEEPEST = 4;

  /// The formats that say whether a model's weights were centred.
  private static final Set<String> KEEPS_CENTRING = Set.of("saelens", "sparsify", Sae4jFormat.NAME);

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
  /// @param path as [HubCache#resolved] gives it
  /// @throws FormatException if it is of none, or of several; if folders below it hold SAEs, the
  ///     message names them
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
    List<Path> below = found.isEmpty() && Files.isDirectory(path) ? saesBelow(path) : List.of();
    if (!below.isEmpty()) {
      throw new FormatException(
          path,
          "folder",
          "holds no SAE itself, but folders in it do: "
              + FormatException.list(below.stream().map(path::relativize).toList()),
          "give one of them, such as " + below.getFirst());
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

  /// The folders of SAEs in a folder, `layers.2` before `layers.10`.
  private static List<Path> saesBelow(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    List<Path> looked;
    try (Stream<Path> all = Files.walk(folder, DEEPEST)) {
      looked = all.filter(Files::isDirectory).skip(1).limit(MOST_LOOKED_INTO).toList();
    } catch (UncheckedIOException unreadable) {
      return found;
    }
    for (Path each : looked) {
      for (SaeFormat format : ALL) {
        if (format.recognises(each)) {
          found.add(each);
          break;
        }
      }
    }
    found.sort(Comparator.comparing(SaeFormats::inOrderOfNumbers));
    return found;
  }

  private static String inOrderOfNumbers(Path path) {
    return Pattern.compile("\\d+")
        .matcher(path.toString())
        .replaceAll(
            digits -> "0".repeat(Math.max(0, 9 - digits.group().length())) + digits.group());
  }

  /// Reads an SAE in any format.
  ///
  /// @param path a file or a folder, or a repository in a hub cache
  /// @throws FormatException if it is in none, or not what it claims to be
  public static SaeWeights read(Path path) throws IOException {
    Path place = HubCache.resolved(path);
    return recognise(place).read(place);
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
    List<String> lost = lost(format, weights);
    if (Files.exists(path) || !format.writesFolder(path)) {
      lost.addAll(0, format.write(path, weights));
      lost.addAll(lost(format, weights.origin(), format.read(path).origin()));
      return lost;
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent != null) {
      NewFile.folder(parent);
    }
    List<String> notes = new ArrayList<>();
    AtomicWrite.folder(path, partial -> notes.addAll(format.write(partial, weights)));
    notes.addAll(lost);
    notes.addAll(lost(format, weights.origin(), format.read(path).origin()));
    return notes;
  }

  /// What a file no longer says of where an SAE is from: without it, the SAE is given what it was
  /// not trained with.
  ///
  /// @param kept what is read of the file that was written
  private static List<String> lost(SaeFormat format, Origin known, Origin kept) {
    SequencedMap<String, Boolean> same = new LinkedHashMap<>();
    boolean namesNothing = kept.modelName() == null && kept.inputHooks().isEmpty();
    if (!namesNothing) {
      same.put("the model", Objects.equals(known.modelName(), kept.modelName()));
      same.put("the hook points", known.inputHooks().equals(kept.inputHooks()));
    }
    TokensRead before = known.tokensRead();
    TokensRead after = kept.tokensRead();
    same.put("the head of the hook point", Objects.equals(known.headIndex(), kept.headIndex()));
    same.put("the length of contexts", Objects.equals(known.contextSize(), kept.contextSize()));
    same.put(
        "prepend_bos " + before.startsDocuments(),
        Objects.equals(before.startsDocuments(), after.startsDocuments()));
    same.put(
        "that special tokens were left out", before.leavesOutSpecial() == after.leavesOutSpecial());
    same.put(
        "the positions " + before.positions(),
        Objects.equals(before.positions(), after.positions()));
    String lost =
        same.entrySet().stream()
            .filter(each -> !each.getValue())
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    return lost.isEmpty()
        ? List.of()
        : List.of("left out, because %s has no place for it: %s".formatted(format.name(), lost));
  }

  /// What the other format has no place for, whichever it is: what a file said beyond the weights.
  private static List<String> lost(SaeFormat format, SaeWeights weights) {
    List<String> lost = new ArrayList<>();
    Map<String, TensorData> further = weights.source().tensors();
    if (!further.isEmpty() && weights.source().tensorsFor(format.name()).isEmpty()) {
      lost.add(
          "left out, because %s has no place for it: %s"
              .formatted(format.name(), FormatException.list(new TreeSet<>(further.keySet()))));
    }
    if (weights.origin().centred() && !KEEPS_CENTRING.contains(format.name())) {
      lost.add(
          ("left out, because %s has no place for it: that the model's weights were"
                  + " centred; give such an SAE activations less their mean")
              .formatted(format.name()));
    }
    return lost;
  }
}
