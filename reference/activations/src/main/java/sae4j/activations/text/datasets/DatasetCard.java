// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.datasets;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import sae4j.files.FormatException;
import sae4j.files.whole.WholeFile;

/// What the `README.md` of a data set says, in the YAML at its top, about subsets, splits and their
/// files: `configs`, a list of `config_name` and `data_files`.
///
/// https://huggingface.co/docs/hub/datasets-manual-configuration
final class DatasetCard {
  private static final long MOST_BYTES = 1 << 22;
  private static final String README = "README.md";
  private static final String MARK = "---";
  private static final String REMEDY = "correct it, or name the files";

  private final Path file;
  private final Map<String, List<SplitFiles>> subsets = new LinkedHashMap<>();
  private @Nullable String usual;

  /// Files of a split, as patterns.
  private record SplitFiles(String split, List<String> patterns) {}

  private DatasetCard(Path file) {
    this.file = file;
  }

  /// The card of a folder; one without subsets where there is none, or it does not name files.
  static DatasetCard of(Path folder) throws IOException {
    DatasetCard card = new DatasetCard(folder.resolve(README));
    if (Files.isRegularFile(card.file) && Files.size(card.file) <= MOST_BYTES) {
      card.read();
    }
    return card;
  }

  boolean hasSubsets() {
    return !subsets.isEmpty();
  }

  List<String> subsets() {
    return List.copyOf(subsets.keySet());
  }

  /// The subset that is read where none is named.
  @Nullable String usual() {
    return usual;
  }

  private void read() throws IOException {
    String text;
    try {
      text = WholeFile.text(file);
    } catch (CharacterCodingException noText) {
      return;
    }
    if (!text.startsWith(MARK)) {
      return;
    }
    int end = text.indexOf("\n" + MARK, MARK.length());
    if (end < 0) {
      return;
    }
    Object loaded;
    try {
      LoadSettings settings =
          LoadSettings.builder()
              .setMaxAliasesForCollections(20)
              .setAllowRecursiveKeys(false)
              .build();
      loaded = new Load(settings).loadFromString(text.substring(MARK.length(), end));
    } catch (YamlEngineException damaged) {
      String why =
          damaged instanceof MarkedYamlEngineException marked
              ? marked.getProblem()
              : String.valueOf(damaged.getMessage());
      throw new FormatException(
          file,
          "YAML",
          "the lines between --- and --- are none: " + FormatException.quote(why),
          REMEDY,
          damaged);
    }
    if (loaded instanceof Map<?, ?> map && map.get("configs") instanceof List<?> configs) {
      for (Object each : configs) {
        subset(each);
      }
    }
  }

  private void subset(Object config) throws FormatException {
    if (!(config instanceof Map<?, ?> map)) {
      throw strange("is a list of something else than subsets");
    }
    Object name = map.get("config_name") == null ? "default" : map.get("config_name");
    String base = map.get("data_dir") == null ? "" : folder(String.valueOf(map.get("data_dir")));
    List<SplitFiles> splits = new ArrayList<>();
    switch (map.get("data_files")) {
      case null -> splits.add(new SplitFiles("", patterns(base, "**")));
      case String pattern -> splits.add(new SplitFiles("train", patterns(base, pattern)));
      case List<?> list when list.stream().allMatch(String.class::isInstance) ->
          splits.add(new SplitFiles("train", patterns(base, list)));
      case List<?> list -> {
        for (Object each : list) {
          if (!(each instanceof Map<?, ?> split) || split.get("path") == null) {
            throw strange("has data_files without a path");
          }
          String named = split.get("split") == null ? "train" : String.valueOf(split.get("split"));
          if (splits.stream().anyMatch(other -> other.split().equals(named))) {
            throw strange("lists the split %s twice".formatted(FormatException.quote(named)));
          }
          splits.add(new SplitFiles(named, patterns(base, split.get("path"))));
        }
      }
      case Map<?, ?> bySplit -> {
        for (Map.Entry<?, ?> each : bySplit.entrySet()) {
          splits.add(
              new SplitFiles(String.valueOf(each.getKey()), patterns(base, each.getValue())));
        }
      }
      default -> throw strange("has data_files that are no paths");
    }
    if (subsets.put(String.valueOf(name), splits) != null) {
      throw strange("has two subsets " + FormatException.quote(String.valueOf(name)));
    }
    if (isTrue(map.get("default")) || "default".equals(name)) {
      if (usual != null) {
        throw strange("has two subsets that are read where none is named");
      }
      usual = String.valueOf(name);
    }
  }

  /// What is true in YAML 1.1, by which Python reads it.
  private static boolean isTrue(@Nullable Object value) {
    return Boolean.TRUE.equals(value)
        || (value instanceof String word && word.matches("(?i)y|yes|on|true"));
  }

  /// A folder as files below it begin: `d1/` for `./d1/`, nothing for `.`.
  private static String folder(String spelled) {
    String plain = spelled.replaceAll("/+", "/").replaceAll("^(\\./)+|/$", "");
    return plain.isEmpty() || plain.equals(".") ? "" : plain + "/";
  }

  private List<String> patterns(String base, @Nullable Object paths) throws FormatException {
    List<String> patterns = new ArrayList<>();
    for (Object each : paths instanceof List<?> list ? list : List.of(String.valueOf(paths))) {
      patterns.add(base + each);
    }
    for (String pattern : patterns) {
      boolean leads = ("/" + pattern + "/").contains("/../");
      if (pattern.startsWith("/") || pattern.contains("://") || leads) {
        throw strange(
            "names %s, which is not in the folder".formatted(FormatException.quote(pattern)));
      }
    }
    return patterns;
  }

  private FormatException strange(String problem) {
    return new FormatException(file, "configs", problem, REMEDY);
  }

  /// The files of a subset by their splits.
  ///
  /// @param files of the folder
  /// @throws FormatException if a split has none of them
  Map<String, List<String>> splits(String subset, List<String> files) throws FormatException {
    Map<String, List<String>> splits = new LinkedHashMap<>();
    for (SplitFiles each : subsets.getOrDefault(subset, List.of())) {
      List<String> found = new ArrayList<>();
      for (String pattern : each.patterns()) {
        Pattern matches = regex(pattern);
        files.stream()
            .filter(file -> matches.matcher(file).matches() && !found.contains(file))
            .forEach(found::add);
      }
      if (each.split().isEmpty()) {
        SplitNames.splits(found, "").forEach(splits::put);
      } else if (!found.isEmpty()) {
        splits.computeIfAbsent(each.split(), _ -> new ArrayList<>()).addAll(found);
      }
    }
    if (splits.isEmpty()) {
      throw new FormatException(
          file,
          "subset " + FormatException.quote(subset),
          "none of the files that it names is there, or is of a kind that is read: "
              + FormatException.list(
                  subsets.getOrDefault(subset, List.of()).stream()
                      .flatMap(each -> each.patterns().stream())
                      .toList()),
          "fetch them; read are .parquet, .jsonl, .json and .txt");
    }
    return splits;
  }

  /// Checks that each pattern of a split stands for a file.
  ///
  /// @param files of the folder
  /// @throws FormatException naming the one that does not: the split is not all there
  void requireAll(String subset, String split, List<String> files) throws FormatException {
    for (SplitFiles each : subsets.getOrDefault(subset, List.of())) {
      for (String pattern : each.patterns()) {
        if (each.split().equals(split)
            && files.stream().noneMatch(regex(pattern).asMatchPredicate())) {
          throw new FormatException(
              file,
              "split " + FormatException.quote(split),
              "none of the files is there that %s stands for"
                  .formatted(FormatException.quote(pattern)),
              "fetch them, or name those that are there as files");
        }
      }
    }
  }

  /// A pattern of files as a regular expression: `*` is a part of a name, `**` any folders.
  private static Pattern regex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (pattern.startsWith("**/", i)) {
        regex.append("(?:.*/)?");
        i += 2;
      } else if (pattern.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (pattern.startsWith("./", i) && i == 0) {
        i++;
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else if (c == '[' && pattern.indexOf(']', i) > 0) {
        int end = pattern.indexOf(']', i);
        String characters = pattern.substring(i + 1, end).replaceAll("[^\\w-]", "\\\\$0");
        regex.append('[').append(characters).append(']');
        i = end;
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString());
  }
}
