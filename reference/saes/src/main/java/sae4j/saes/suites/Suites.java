// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.suites;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.json.Config;

/// The public suites that are known by short names: those of this library, and before them those of
/// the user's own list, a file of the same form that `SAE_SUITES` names, or else
/// `sae4j/suites.json` where the user's programs keep their settings (`$XDG_CONFIG_HOME`, or
/// `~/.config`).
///
/// @param all the user's first
public record Suites(List<Suite> all) {
  /// The variable that names the user's own list.
  public static final String VARIABLE = "SAE_SUITES";

  private static final String OURS = "suites.json";
  private static final String REMEDY = "docs/formats.md shows one";

  public Suites {
    all = List.copyOf(all);
  }

  /// Those of this library and of the user.
  ///
  /// @param environment of the process
  /// @throws IOException if the user's list cannot be read, or is not such a list
  public static Suites of(Map<String, String> environment) throws IOException {
    List<Suite> all = new ArrayList<>();
    String named = environment.getOrDefault(VARIABLE, "").strip();
    if (!named.isEmpty()) {
      all.addAll(read(Path.of(named)));
    } else if (Files.exists(settings(environment))) {
      all.addAll(read(settings(environment)));
    }
    all.addAll(ours());
    return new Suites(all);
  }

  private static Path settings(Map<String, String> environment) {
    String xdg = environment.getOrDefault("XDG_CONFIG_HOME", "").strip();
    Path folder =
        xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".config") : Path.of(xdg);
    return folder.resolve("sae4j").resolve(OURS);
  }

  private static List<Suite> ours() throws IOException {
    try (InputStream in = Suites.class.getResourceAsStream(OURS)) {
      return parse(Path.of(OURS), Objects.requireNonNull(in).readAllBytes());
    }
  }

  private static List<Suite> read(Path file) throws IOException {
    return suites(Config.read(file, REMEDY));
  }

  /// @param file for messages
  /// @throws FormatException naming the field
  static List<Suite> parse(Path file, byte[] bytes) throws FormatException {
    return suites(Config.parse(file, bytes, REMEDY));
  }

  private static List<Suite> suites(Config config) throws FormatException {
    List<Suite> suites = new ArrayList<>();
    for (Config each : config.objects("saes")) {
      suites.add(suite(each));
    }
    requireKnown(config, "saes");
    return suites;
  }

  private static Suite suite(Config config) throws FormatException {
    String name = required(config, "name");
    @Nullable Boolean bos = config.has("bos") ? (Boolean) config.flag("bos", false) : null;
    String at = required(config, "at");
    String model = required(config, "model");
    String hook = required(config, "hook");
    @Nullable String predicts = config.text("predicts");
    boolean centred = config.flag("centred", false);
    requireKnown(config, "name, at, model, hook, predicts, bos and centred");
    try {
      return new Suite(name, at, model, hook, predicts, bos, centred);
    } catch (Suite.WrongField wrong) {
      throw config.refused(wrong.field(), wrong.problem(), wrong.remedy());
    }
  }

  private static void requireKnown(Config config, String known) throws FormatException {
    Optional<String> unknown = config.firstNotAsked();
    if (unknown.isPresent()) {
      throw config.refused(unknown.get(), "is not understood", "known are " + known);
    }
  }

  private static String required(Config config, String field) throws FormatException {
    @Nullable String text = config.text(field);
    if (text == null || text.isBlank()) {
      throw config.refused(field, "is missing", REMEDY);
    }
    return text;
  }

  /// The SAE of a name, by the first suite that has such names.
  ///
  /// @throws IllegalArgumentException if it is such a name, but gives no name on the hub
  public Optional<SuiteSae> find(String word) {
    return all.stream().flatMap(suite -> suite.find(word).stream()).findFirst();
  }
}
