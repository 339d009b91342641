// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.suites;

import java.util.LinkedHashMap;
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

  /// Checks that every part that is used is one of the name.
  ///
  /// @throws IllegalArgumentException naming the part, or what is spelled wrong
  public Suite {
    for (String text : new String[] {at, model, hook, predicts == null ? "" : predicts}) {
      Matcher part = PART.matcher(text);
      while (part.find()) {
        if (!name.contains(part.group())) {
          throw new IllegalArgumentException(
              "%s has the part %s, which its name %s has not".formatted(text, part.group(), name));
        }
      }
    }
    if (!HubName.hasScheme(at)) {
      throw new IllegalArgumentException(at + " is no name on the hub: it begins with hf://");
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
    Matcher spelled = spelling(parts).matcher(word);
    if (!spelled.matches()) {
      return Optional.empty();
    }
    int group = 1;
    for (Map.Entry<String, String> part : parts.entrySet()) {
      part.setValue(spelled.group(group++));
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

  /// @param parts receives each part once, in order
  private Pattern spelling(Map<String, String> parts) {
    StringBuilder spelling = new StringBuilder();
    Matcher part = PART.matcher(name);
    int end = 0;
    while (part.find()) {
      spelling.append(Pattern.quote(name.substring(end, part.start())));
      spelling.append(part.group(1).equals("layer") ? "(\\d{1,4})" : "([^/]*?)");
      parts.put(part.group(1), "");
      end = part.end();
    }
    spelling.append(Pattern.quote(name.substring(end)));
    return Pattern.compile(spelling.toString());
  }

  private static String filled(String text, Map<String, String> parts) {
    String filled = text;
    for (Map.Entry<String, String> part : parts.entrySet()) {
      filled = filled.replace("{" + part.getKey() + "}", part.getValue());
    }
    return filled;
  }
}
