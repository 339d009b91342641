// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An SAE and what it is given: whether these are the activations that it was trained on, as far as
/// both sides say. What one of them does not say is no difference.
///
/// @param trained where the SAE was trained
/// @param given where the activations are from
public record Pairing(Origin trained, Origin given) {
  private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d{1,6})\\.hook_resid_pre");
  private static final Pattern CACHED =
      Pattern.compile("(?:.*[/\\\\])?models--([^/\\\\]+)(?:[/\\\\].*)?");

  /// Families whose norms are layer norms, which take the mean out of what they read.
  private static final Pattern LAYER_NORMED =
      Pattern.compile(".*(gpt-?2|gpt-?j|gpt-?neo|pythia|opt-|bloom|falcon).*");

  /// The differences, a line each that names both sides; empty if there are none.
  public List<String> differences() {
    List<String> differences = new ArrayList<>();
    String trainedOn = trained.modelName();
    String givenBy = given.modelName();
    if (trainedOn != null && givenBy != null && !isSameModel(trainedOn, givenBy)) {
      differences.add(
          "the SAE was trained on %s, but is given activations of %s"
              .formatted(trainedOn, givenBy));
    }
    compare("was trained at", "reads", trained.hookName(), given.hookName(), differences);
    compare(
        "was trained to predict",
        "is held to",
        trained.outputHookName(),
        given.outputHookName(),
        differences);
    compareTokens(differences);
    return differences;
  }

  /// Which tokens there are, as far as both sides say it: files of activations do not.
  private void compareTokens(List<String> differences) {
    TokensRead then = trained.tokensRead();
    Boolean starts = given.tokensRead().startsDocuments();
    if (starts == null) {
      return;
    }
    if (then.startsDocuments() != null && !then.startsDocuments().equals(starts)) {
      differences.add(
          "the SAE was trained on documents %s a start token, but is given those %s one"
              .formatted(starts ? "without" : "with", starts ? "with" : "without"));
    }
    if (then.leavesOutSpecial() && !given.tokensRead().leavesOutSpecial()) {
      differences.add(
          "the SAE was trained without special tokens, but is given activations on them, too");
    }
    if (then.positions() != null && !then.positions().equals(given.tokensRead().positions())) {
      differences.add(
          "the SAE was trained at positions %s of each context, but is given others, too"
              .formatted(then.positions()));
    }
    Integer context = trained.contextSize();
    Integer longer = given.contextSize();
    if (context != null && longer != null && longer > context) {
      differences.add(
          "the SAE was trained on contexts of %,d tokens, but is given those of %,d"
              .formatted(context, longer));
    }
  }

  private static void compare(
      String was,
      String is,
      @Nullable String trained,
      @Nullable String given,
      List<String> differences) {
    if (trained != null && given != null && !sameTensor(trained).equals(sameTensor(given))) {
      differences.add("the SAE %s %s, but %s %s".formatted(was, trained, is, given));
    }
  }

  /// What enters a block is what left the one before it.
  private static String sameTensor(String hook) {
    Matcher pre = BLOCK.matcher(hook);
    return pre.matches() && Integer.parseInt(pre.group(1)) > 0
        ? "blocks." + (Integer.parseInt(pre.group(1)) - 1) + ".hook_resid_post"
        : hook;
  }

  /// Whether two names are spellings of one: `gpt2`, `gpt2-small`, `openai-community/gpt2`, and a
  /// folder or a hub cache of that name.
  public static boolean isSameModel(String one, String other) {
    return plain(one).equals(plain(other));
  }

  private static String plain(String name) {
    Matcher cached = CACHED.matcher(name);
    String last =
        cached.matches()
            ? cached.group(1).replaceAll(".*--", "")
            : name.replaceAll("[/\\\\]+$", "")
                .replaceAll("[/\\\\](onnx[/\\\\])?[^/\\\\]*\\.onnx$", "")
                .replaceAll(".*[/\\\\]", "");
    String plain = last.toLowerCase(Locale.ROOT).replaceFirst("^meta-(?=llama)", "");
    return plain.equals("gpt2-small") ? "gpt2" : plain;
  }

  /// Whether the model that the SAE was trained on is known, by its name, to have layer norms, for
  /// activations whose model is not at hand.
  public boolean hasLayerNormByName() {
    String name = trained.modelName();
    return name != null && LAYER_NORMED.matcher(plain(name)).matches();
  }
}
