// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.output;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;

/// `.sae4j.json`, by which a folder is known as ours.
///
/// @param format [#FORMAT]
/// @param owner the command that the folder is of; null where commands only added to it
/// @param version of the program that wrote it
/// @param entries files and folders that we have written and may replace, by their names, each with
///     the files in it
record FolderMark(
    @JsonProperty("format") String format,
    @JsonProperty("owner") @Nullable String owner,
    @JsonProperty("version") String version,
    @JsonProperty("entries") SortedMap<String, List<String>> entries) {
  static final String FILE = ".sae4j.json";
  private static final String FORMAT = "sae4j folder 2";

  /// A name in the folder, and no way out of it.
  private static final Pattern NAME = Pattern.compile("(?!\\.{0,2}$)[^/\\\\\\x00]*");

  private static final JsonMapper JSON = new JsonMapper();

  static FolderMark of(@Nullable String owner, String version) {
    return new FolderMark(FORMAT, owner, version, new TreeMap<>());
  }

  /// The mark of a folder; null where it has none.
  ///
  /// @throws FormatException if it cannot be read
  static @Nullable FolderMark in(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (Files.isSymbolicLink(file)) {
      throw new FormatException(file, "mark", "is a link", "choose another folder");
    }
    if (!Files.exists(file)) {
      return null;
    }
    if (!Files.isRegularFile(file)) {
      throw new FormatException(file, "mark", "is not a file", "choose another folder");
    }
    byte[] content = Files.readAllBytes(file);
    try {
      FolderMark mark = JSON.readValue(content, FolderMark.class);
      if (mark != null && FORMAT.equals(mark.format) && isWhole(mark)) {
        return mark;
      }
    } catch (IOException malformed) { // also letters that are none
      throw new FormatException(
          file, "JSON", "is not the mark of a folder of ours", "choose another folder", malformed);
    }
    throw new FormatException(file, "format", "is not '" + FORMAT + "'", "choose another folder");
  }

  // what JSON leaves out is null whatever the types say
  @SuppressWarnings({"ConstantConditions", "ConstantValue"})
  private static boolean isWhole(FolderMark mark) {
    return mark.entries != null
        && mark.entries.keySet().stream().allMatch(name -> NAME.matcher(name).matches())
        && mark.entries.values().stream().allMatch(files -> files != null && !files.contains(null));
  }

  /// The same mark with an entry more, or another content of it.
  FolderMark with(String entry, Collection<String> files) {
    SortedMap<String, List<String>> more = new TreeMap<>(entries);
    more.put(entry, List.copyOf(new TreeSet<>(files)));
    return new FolderMark(format, owner, version, more);
  }

  /// The files that an entry may have; none where it is a file, or not known.
  List<String> filesOf(String entry) {
    return entries.getOrDefault(entry, List.of());
  }

  /// The same mark with files more that are ours.
  ///
  /// @param paths of files, from the folder; of an entry that is a folder without files, its name
  FolderMark with(Collection<String> paths) {
    SortedMap<String, SortedSet<String>> more = new TreeMap<>();
    entries.forEach((entry, files) -> more.put(entry, new TreeSet<>(files)));
    for (String path : paths) {
      String[] parts = path.split("/", 2);
      SortedSet<String> files = more.computeIfAbsent(parts[0], _ -> new TreeSet<>());
      if (parts.length > 1) {
        files.add(parts[1]);
      }
    }
    SortedMap<String, List<String>> all = new TreeMap<>();
    more.forEach((entry, files) -> all.put(entry, List.copyOf(files)));
    return new FolderMark(format, owner, version, all);
  }

  /// Whether a file is ours, by its path from the folder.
  boolean knows(String path) {
    String[] parts = path.split("/", 2);
    return entries.containsKey(parts[0])
        && (parts.length == 1 || filesOf(parts[0]).contains(parts[1]));
  }

  /// A file that we did not write, where something is to be written; null where there is none.
  ///
  /// @param path from the folder, of a file or a folder that may be there
  @Nullable String foreignAt(Path folder, String path) throws IOException {
    Path there = folder.resolve(path);
    if (!Files.exists(there, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    boolean entry = path.indexOf('/') < 0;
    if (Files.isSymbolicLink(there) || (!knows(path) && (entry || !Files.isDirectory(there)))) {
      return path;
    }
    return filesBelow(there).stream()
        .map(file -> path + "/" + file)
        .filter(file -> !knows(file))
        .findFirst()
        .orElse(null);
  }

  /// The files below a folder, by their names in it; none for a file.
  static List<String> filesBelow(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> below = Files.walk(folder)) {
      return below
          .filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
          .map(file -> name(folder.relativize(file)))
          .sorted()
          .toList();
    }
  }

  /// A path as the mark has it.
  static String name(Path relative) {
    return relative.toString().replace('\\', '/');
  }

  void write(Path folder) throws IOException {
    AtomicWrite.file(
        folder.resolve(FILE), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
  }
}
