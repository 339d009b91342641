// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.datasets;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sae4j.files.FormatException;

/// What the names of files say about splits, where a data set has no card that says it. The rules
/// are those of the library `datasets`, `data_files.py`, and the first that finds anything decides:
/// `data/SPLIT-00000-of-00002`, folders with a word such as `train` in their names, files with one,
/// and all files as `train`. Case counts. A file whose name has words of two splits is in both. A
/// split's files come in the order of the patterns that find them, and by name within a pattern.
final class SplitNames {
  private static final String TRAIN = "train";
  private static final String DATA = "data/";

  /// The words of each split.
  private static final Map<String, List<String>> WORDS =
      Map.of(
          TRAIN,
          List.of("train", "training"),
          "validation",
          List.of("validation", "valid", "dev", "val"),
          "test",
          List.of("test", "testing", "eval", "evaluation"));

  private static final Map<String, List<Pattern>> IN_FOLDERS =
      patterns(
          "(.*/)?%1$s/.+",
          "(.*/)?%1$s[-._ 0-9][^/]*/.+",
          "(.*/)?[^/]*[-._ 0-9]%1$s/.+",
          "(.*/)?[^/]*[-._ 0-9]%1$s[-._ 0-9][^/]*/.+");

  private static final Map<String, List<Pattern>> IN_FILES =
      patterns("(.*/)?%1$s[-._ 0-9][^/]*", "(.*/)?[^/]*[-._ 0-9]%1$s[-._ 0-9][^/]*");

  private static final Pattern FILE =
      Pattern.compile(
          ".*\\.(((jsonl|ndjson|jsonlines|json|txt)(\\.(gz|zst))?)|parquet)",
          Pattern.CASE_INSENSITIVE);
  private static final Set<String> ABOUT_THE_DATA =
      Set.of(
          "dataset_info.json",
          "dataset_infos.json",
          "dataset_dict.json",
          "state.json",
          "config.json",
          "license.txt",
          "requirements.txt");
  private static final Pattern SHARD = Pattern.compile("(\\w[\\w.]*)-(\\d{5})-of-(\\d{5})\\b.*");

  private SplitNames() {}

  private static Map<String, List<Pattern>> patterns(String... ofAWord) {
    Map<String, List<Pattern>> patterns = new TreeMap<>();
    WORDS.forEach(
        (split, words) ->
            patterns.put(
                split,
                words.stream()
                    .flatMap(word -> Arrays.stream(ofAWord).map(each -> each.formatted(word)))
                    .map(Pattern::compile)
                    .toList()));
    return patterns;
  }

  private static String last(String file) {
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /// Whether a file holds documents, by its name.
  static boolean isData(String file) {
    return FILE.matcher(file).matches()
        && !ABOUT_THE_DATA.contains(last(file).toLowerCase(Locale.ROOT));
  }

  /// Whether a file is a piece of something, by its name.
  static boolean isSharded(String file) {
    return SHARD.matcher(last(file)).matches();
  }

  /// Whether all files name their splits, and these are several.
  static boolean severalByName(List<String> files) {
    Set<String> splits = new TreeSet<>();
    for (String file : files) {
      Map<String, List<String>> folder = found(IN_FOLDERS, List.of(file), "");
      Set<String> own =
          folder.isEmpty() ? found(IN_FILES, List.of(file), "").keySet() : folder.keySet();
      if (own.isEmpty()) {
        return false;
      }
      splits.addAll(own);
    }
    return splits.size() > 1;
  }

  /// The folders that are data sets of their own; empty where all files are one data set.
  static List<String> subsets(List<String> files) {
    Set<String> first = new TreeSet<>();
    for (String file : files) {
      String folder = file.substring(0, file.indexOf('/') + 1);
      if (folder.isEmpty()
          || folder.equals(DATA)
          || !found(IN_FOLDERS, List.of(folder + last(file)), "").isEmpty()) {
        return List.of();
      }
      first.add(folder.substring(0, folder.length() - 1));
    }
    return first.size() > 1 ? List.copyOf(first) : List.of();
  }

  /// Files by their splits.
  ///
  /// @param files ordered by name
  /// @param subset a folder that all are in; empty for none
  static Map<String, List<String>> splits(List<String> files, String subset) {
    Map<String, List<String>> splits = pieces(files, subset);
    if (splits.isEmpty()) {
      splits = found(IN_FOLDERS, files, subset);
    }
    if (splits.isEmpty()) {
      splits = found(IN_FILES, files, subset);
    }
    return splits.isEmpty() && !files.isEmpty() ? Map.of(TRAIN, files) : splits;
  }

  /// Pieces in the folder `data`, whose split may have any name.
  private static Map<String, List<String>> pieces(List<String> files, String subset) {
    Map<String, List<String>> splits = new TreeMap<>();
    for (String file : files) {
      Matcher piece = SHARD.matcher(last(file));
      if (without(subset, file).equals(DATA + last(file)) && piece.matches()) {
        splits.computeIfAbsent(piece.group(1), _ -> new ArrayList<>()).add(file);
      }
    }
    return splits;
  }

  private static Map<String, List<String>> found(
      Map<String, List<Pattern>> patterns, List<String> files, String subset) {
    Map<String, List<String>> splits = new TreeMap<>();
    patterns.forEach(
        (split, ordered) -> {
          Set<String> own = new LinkedHashSet<>();
          for (Pattern pattern : ordered) {
            files.stream()
                .filter(file -> pattern.matcher(without(subset, file)).matches())
                .forEach(own::add);
          }
          if (!own.isEmpty()) {
            splits.put(split, List.copyOf(own));
          }
        });
    return splits;
  }

  private static String without(String subset, String file) {
    return subset.isEmpty() ? file : file.substring(subset.length() + 1);
  }

  /// Checks that a split that was cut into pieces has all of them.
  ///
  /// @param name of the data set, for the user
  /// @throws FormatException if not
  static void requireAll(String name, List<String> files) throws FormatException {
    Map<String, Set<Integer>> found = new TreeMap<>();
    for (String file : files) {
      Matcher shard = SHARD.matcher(last(file));
      if (shard.matches()) {
        String all = file.substring(0, file.length() - last(file).length()) + shard.group(1);
        found
            .computeIfAbsent(all + "-*-of-" + shard.group(3), _ -> new TreeSet<>())
            .add(Integer.parseInt(Objects.requireNonNull(shard.group(2))));
      }
    }
    for (Map.Entry<String, Set<Integer>> each : found.entrySet()) {
      int count = Integer.parseInt(each.getKey().substring(each.getKey().length() - 5));
      if (each.getValue().size() < count) {
        throw new FormatException(
            name,
            FormatException.quote(each.getKey()),
            "of %,d files %,d are there".formatted(count, each.getValue().size()),
            "fetch the others, or name those that are there as files");
      }
    }
  }
}
