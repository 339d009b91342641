// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.suites;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sae4j.files.hub.HubName;

/// SAEs that were published together. Each text has `{parts}` that differ from one SAE to another;
/// `{layer}` is a number.
///
/// @param name what a user types: `gemma-scope-{size}-pt-res/layer_{layer}/…`
/// @param at where it is on the hub: `hf://OWNER/NAME/PATH`
/// @param model whose activations it reads
/// @param hook the hook point that it reads, by TransformerLens' name
/// @param predicts the hook point that a transcoder predicts; null for an SAE
/// @param bos whether it was trained on documents behind a document-start token; null where nobody
///     says
/// @param centred whether it was trained on a model with centred weights
public record Suite(
    String name,
    String at,
    String model,
    String hook,
    @Nullable String predicts,
    @Nullable Boolean bos,
    boolean centred) {
  private static final Pattern PART = Pattern.compile("\\{([a-z0-9_]+)}");

  /// More parts between two slashes can be read in more ways than can be tried.
  private static final int PARTS_IN_ONE_NAME = 3;

  private static final int LONGEST_WORD = 400;

  /// What of a suite is wrong, by its field.
  static final class WrongField extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
    private final String field;
    private final String problem;
    private final String remedy;

    WrongField(String field, String problem, String remedy) {
      super("%s: %s; %s".formatted(field, problem, remedy));
      this.field = field;
      this.problem = problem;
      this.remedy = remedy;
    }

    String field() {
      return field;
    }

    String problem() {
      return problem;
    }

    String remedy() {
      return remedy;
    }
  }

  /// Checks that every part that is used is one of the name, and that the place is one on the hub.
  ///
  /// @throws IllegalArgumentException naming the field
  public Suite {
    requireParts("at", at, name);
    requireParts("model", model, name);
    requireParts("hook", hook, name);
    if (predicts != null) {
      requireParts("predicts", predicts, name);
    }
    for (String one : name.split("/", -1)) {
      if (PART.matcher(one).results().count() > PARTS_IN_ONE_NAME) {
        throw new WrongField(
            "name",
            "has more than %d parts in %s".formatted(PARTS_IN_ONE_NAME, one),
            "divide them by slashes");
      }
    }
    if (!HubName.hasScheme(at)) {
      throw new WrongField("at", "is '%s'".formatted(at), "it begins with hf://");
    }
    try {
      HubName.parse(PART.matcher(at).replaceAll("1"));
    } catch (IllegalArgumentException wrong) {
      throw new WrongField("at", "is '%s'".formatted(at), String.valueOf(wrong.getMessage()));
    }
  }

  private static void requireParts(String field, String text, String name) {
    if (text.isBlank()) {
      throw new WrongField(field, "is empty", "give it, or leave it out");
    }
    Matcher part = PART.matcher(text);
    while (part.find()) {
      if (!name.contains(part.group())) {
        throw new WrongField(
            field, "has the part " + part.group(), "the name %s has no such part".formatted(name));
      }
    }
  }

  /// The name up to the first slash, with its parts.
  public String family() {
    return name.replaceFirst("/.*", "");
  }

  /// The SAE of a name, if it is one of this suite.
  ///
  /// @throws IllegalArgumentException if what the name says gives no name on the hub
  Optional<SuiteSae> find(String word) {
    Map<String, String> parts = new LinkedHashMap<>();
    String[] names = name.split("/", -1);
    String[] words = word.split("/", -1);
    if (names.length != words.length || word.length() > LONGEST_WORD) {
      return Optional.empty();
    }
    for (int i = 0; i < names.length; i++) {
      if (!spelled(names[i], words[i], parts)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        new SuiteSae(
            word,
            HubName.parse(filled(at, parts)),
            filled(model, parts),
            filled(hook, parts),
            predicts == null ? null : filled(predicts, parts),
            bos,
            centred));
  }

  /// Whether a word is one of what stands between two slashes of the name. A part that was there
  /// before is the same again.
  ///
  /// @param parts that are known, and receives those that are new
  private static boolean spelled(String name, String word, Map<String, String> parts) {
    StringBuilder spelling = new StringBuilder();
    List<String> found = new ArrayList<>();
    Matcher part = PART.matcher(name);
    int end = 0;
    while (part.find()) {
      spelling.append(Pattern.quote(name.substring(end, part.start())));
      String known = parts.get(part.group(1));
      int before = found.indexOf(part.group(1));
      if (known != null) {
        spelling.append(Pattern.quote(known));
      } else if (before >= 0) {
        spelling.append('\\').append(before + 1);
      } else {
        spelling.append(part.group(1).equals("layer") ? "(\\d{1,4})" : "(.+?)");
        found.add(part.group(1));
      }
      end = part.end();
    }
    spelling.append(Pattern.quote(name.substring(end)));
    Matcher spelled = Pattern.compile(spelling.toString()).matcher(word);
    if (!spelled.matches()) {
      return false;
    }
    for (int i = 0; i < found.size(); i++) {
      parts.put(found.get(i), spelled.group(i + 1));
    }
    return true;
  }

  private static String filled(String text, Map<String, String> parts) {
    String filled = text;
    for (Map.Entry<String, String> part : parts.entrySet()) {
      filled = filled.replace("{" + part.getKey() + "}", part.getValue());
    }
    return filled;
  }
}
