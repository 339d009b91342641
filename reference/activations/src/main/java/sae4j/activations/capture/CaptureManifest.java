// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import sae4j.files.AtomicWrite;
import sae4j.files.Fingerprint;
import sae4j.files.FormatException;
import sae4j.files.references.ConfinedPath;
import sae4j.files.whole.WholeFile;
import sae4j.models.HookPoint;

/// `capture.json`, the list of what a folder of captured activations holds and how it was made.
///
/// @param format [#FORMAT]
/// @param settings what the content depends on, as texts by name; a capture goes on only under
///     equal settings
/// @param shards the shards that are whole, in the order of the text
/// @param complete whether the text, or the limit of tokens, was reached
public record CaptureManifest(
    @JsonProperty("format") String format,
    @JsonProperty("settings") Map<String, String> settings,
    @JsonProperty("shards") List<Shard> shards,
    @JsonProperty("complete") boolean complete) {
  static final String FORMAT = "sae4j capture 2";
  static final String FILE = "capture.json";
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /// One file of activations and the text that begins in it.
  ///
  /// @param file its name in the folder
  /// @param rows rows of each tensor in it
  /// @param tokens tokens read for it, those left out included
  /// @param windows windows read for it
  /// @param sha256 of its bytes, hexadecimal
  /// @param text the name of the file with the documents that begin in it
  /// @param textSha256 of that file's bytes
  public record Shard(
      @JsonProperty("file") String file,
      @JsonProperty("rows") long rows,
      @JsonProperty("tokens") long tokens,
      @JsonProperty("windows") long windows,
      @JsonProperty("sha256") String sha256,
      @JsonProperty("text") String text,
      @JsonProperty("text_sha256") String textSha256) {
    /// @throws NullPointerException if a part is missing
    public Shard {
      Objects.requireNonNull(file);
      Objects.requireNonNull(text);
    }

    /// Checks both files against their sums.
    ///
    /// @throws FormatException if one is missing or not in the folder, or its bytes are others than
    ///     those that were written
    void verify(Path folder) throws IOException {
      verify(confined(folder, "file", file), sha256);
      verify(confined(folder, "text", text), textSha256);
    }

    private static Path confined(Path folder, String field, String name) throws IOException {
      return ConfinedPath.of(folder.resolve(FILE), "shards " + field, folder, name);
    }

    private static void verify(Path file, String expected) throws IOException {
      if (!Files.isRegularFile(file) || !Fingerprint.sha256(file).equals(expected)) {
        throw new FormatException(
            file,
            "checksum",
            "differs from that in " + FILE + ", or the file is missing",
            "capture again into another folder");
      }
    }
  }

  /// A capture that is there was begun under other settings than those that are asked for. Its
  /// parts are apart, so that a program can name what its user typed.
  public static final class OtherSettings extends IOException {
    @Serial private static final long serialVersionUID = 1;

    private final String setting;
    private final String there;
    private final String asked;

    OtherSettings(Path folder, String setting, String there, String asked) {
      super(
          "%s: %s: is %s in the capture that is there, asked is %s; go on with the same settings,"
                  .formatted(
                      folder.resolve(FILE),
                      setting,
                      FormatException.quote(there),
                      FormatException.quote(asked))
              + " or choose another folder");
      this.setting = setting;
      this.there = there;
      this.asked = asked;
    }

    /// The name of the first setting that differs.
    public String setting() {
      return setting;
    }

    /// What it was.
    public String there() {
      return there;
    }

    /// What it is asked to be.
    public String asked() {
      return asked;
    }
  }

  /// The names under which a setting is kept for people, where the setting itself is a sum.
  private static final Map<String, String> NAME_OF_SUM =
      Map.of("model_identity", "model", "text_identity", "text");

  /// Refuses other settings than those that it was begun under.
  ///
  /// @param folder where it is
  /// @throws OtherSettings naming the first difference
  void requireSame(Path folder, Map<String, String> wanted) throws OtherSettings {
    for (Map.Entry<String, String> each : wanted.entrySet()) {
      String name = NAME_OF_SUM.getOrDefault(each.getKey(), each.getKey());
      boolean forPeople = NAME_OF_SUM.containsValue(each.getKey());
      if (!forPeople && !each.getValue().equals(settings.get(each.getKey()))) {
        String there = settings.getOrDefault(name, "");
        String asked = wanted.getOrDefault(name, "");
        throw new OtherSettings(
            folder, name, there, asked + (there.equals(asked) ? ", which has changed" : ""));
      }
    }
  }

  /// Keeps the settings in the order given.
  public CaptureManifest {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    shards = List.copyOf(shards);
  }

  /// The setting `width`: one number where all hook points are equally wide, else one for each.
  static String widths(List<Integer> ofHooks) {
    return ofHooks.stream()
        .distinct()
        .map(String::valueOf)
        .reduce((one, another) -> join(ofHooks))
        .orElseThrow();
  }

  private static String join(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /// How wide the activations at a hook point are by the setting `width`; empty if it does not say.
  String width(HookPoint hook) {
    List<String> widths = List.of(settings.getOrDefault("width", "").split(" ", -1));
    List<String> hooks = List.of(settings.getOrDefault("hooks", "").split(" ", -1));
    int at = hooks.indexOf(hook.name());
    return widths.size() == 1
        ? widths.getFirst()
        : at >= 0 && widths.size() == hooks.size() ? widths.get(at) : "";
  }

  /// Whether `folder` has one.
  static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /// Reads the one in `folder`.
  ///
  /// @throws FormatException if it is damaged or of another format
  static CaptureManifest read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    byte[] content = WholeFile.bytes(file);
    try {
      CaptureManifest manifest = JSON.readValue(content, CaptureManifest.class);
      if (manifest != null && FORMAT.equals(manifest.format)) {
        manifest.settings.forEach(
            (name, value) -> {
              Objects.requireNonNull(name);
              Objects.requireNonNull(value);
            });
        requireEachOnce(file, manifest.shards);
        return manifest;
      }
    } catch (FormatException contradiction) {
      throw contradiction;
    } catch (IOException | NullPointerException e) { // also letters that are none
      throw new FormatException(
          file, "manifest", "is not that of a capture", "capture again into another folder", e);
    }
    throw new FormatException(
        file, "format", "is not '" + FORMAT + "'", "capture again into another folder");
  }

  /// A shard that is named twice would count twice.
  private static void requireEachOnce(Path file, List<Shard> shards) throws FormatException {
    Set<String> seen = new HashSet<>();
    for (Shard shard : shards) {
      for (String name : List.of(shard.file, shard.text)) {
        if (!seen.add(name)) {
          throw new FormatException(
              file,
              "shards",
              "name " + FormatException.quote(name) + " twice",
              "capture again into another folder");
        }
      }
      if (shard.rows < 0 || shard.tokens < shard.rows || shard.windows < 0) {
        throw new FormatException(
            file,
            "shards",
            "give %s %d rows of %d tokens in %d windows"
                .formatted(
                    FormatException.quote(shard.file), shard.rows, shard.tokens, shard.windows),
            "capture again into another folder");
      }
    }
  }

  /// Replaces the one in `folder`, as a whole or not at all.
  void write(Path folder) throws IOException {
    AtomicWrite.file(folder.resolve(FILE), JSON.writeValueAsBytes(this));
  }
}
