// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.datasets;

import java.util.ArrayList;
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
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// What the names of files say about splits, where a data set has no card that says it. The rules
/// are those of the library `datasets`: `data/SPLIT-00000-of-00002`, else a folder, else a file
/// whose name has a word such as `train`. Where none has, all are `train`; else those that have
/// none are of no split.
final class SplitNames {
  private static final String TRAIN = "train";
  private static final String DATA = "data";
  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("train", TRAIN),
          Map.entry("training", TRAIN),
          Map.entry("validation", "validation"),
          Map.entry("valid", "validation"),
          Map.entry("dev", "validation"),
          Map.entry("val", "validation"),
          Map.entry("test", "test"),
          Map.entry("testing", "test"),
          Map.entry("eval", "test"),
          Map.entry("evaluation", "test"));
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

  /// Whether a file is a piece in a folder `data`, whose split may have any name.
  private static boolean namesItsSplit(String file) {
    return isSharded(file) && ("/" + file).contains("/" + DATA + "/");
  }

  /// Whether all files name their splits, and these are several.
  static boolean severalByName(List<String> files) {
    Set<@Nullable String> splits = new LinkedHashSet<>();
    for (String file : files) {
      @Nullable String folder = byFolder(file);
      splits.add(folder == null ? word(last(file)) : folder);
    }
    return splits.size() > 1 && !splits.contains(null);
  }

  /// The folders that are data sets of their own; empty where all files are one data set.
  static List<String> subsets(List<String> files) {
    Set<String> first = new TreeSet<>();
    for (String file : files) {
      int slash = file.indexOf('/');
      String folder = slash < 0 ? "" : file.substring(0, slash);
      if (folder.isEmpty() || folder.equals(DATA) || word(folder) != null) {
        return List.of();
      }
      first.add(folder);
    }
    return first.size() > 1 ? List.copyOf(first) : List.of();
  }

  /// Files by their splits.
  ///
  /// @param subset a folder that all are in; empty for none
  static Map<String, List<String>> splits(List<String> files, String subset) {
    Map<String, List<String>> splits = new TreeMap<>();
    boolean sharded = files.stream().anyMatch(SplitNames::namesItsSplit);
    boolean inFolders = files.stream().anyMatch(file -> byFolder(without(subset, file)) != null);
    for (String file : files) {
      Matcher shard = SHARD.matcher(last(file));
      @Nullable String split =
          sharded
              ? (shard.matches() && namesItsSplit(file) ? shard.group(1) : null)
              : inFolders ? byFolder(without(subset, file)) : word(last(file));
      if (split != null) {
        splits.computeIfAbsent(split, _ -> new ArrayList<>()).add(file);
      }
    }
    return splits.isEmpty() && !files.isEmpty() ? Map.of(TRAIN, files) : splits;
  }

  private static String without(String subset, String file) {
    return subset.isEmpty() ? file : file.substring(subset.length() + 1);
  }

  private static @Nullable String byFolder(String file) {
    String[] parts = file.split("/", -1);
    for (int i = 0; i < parts.length - 1; i++) {
      @Nullable String split = word(parts[i]);
      if (split != null) {
        return split;
      }
    }
    return null;
  }

  /// The split that a name has a word of.
  private static @Nullable String word(String name) {
    for (String word : name.toLowerCase(Locale.ROOT).split("[-._ 0-9]+", -1)) {
      if (WORDS.containsKey(word)) {
        return WORDS.get(word);
      }
    }
    return null;
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
