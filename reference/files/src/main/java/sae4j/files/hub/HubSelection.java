// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Which files of a repository are fetched. A repository of a model often holds its weights several
/// times, in several formats.
public interface HubSelection {
  /// All of them.
  HubSelection ALL = files -> files;

  /// Those that a language model is read from: its configuration, its tokenizer, and its weights
  /// once: as safetensors, or else as pickles, or else as an ONNX graph.
  HubSelection MODEL =
      files -> {
        Predicate<HubFile> weights =
            Names.KINDS.stream()
                .filter(kind -> files.stream().anyMatch(kind))
                .findFirst()
                .orElse(file -> false);
        return files.stream()
            .filter(
                file ->
                    weights.test(file)
                        || (file.isAtRoot() && Names.WORDS.contains(file.path())))
            .toList();
      };

  /// Chooses.
  ///
  /// @param files of a repository, or of a folder in it
  /// @return those of them that are wanted
  List<HubFile> of(List<HubFile> files);

  /// The names of a model's files.
  final class Names {
    private Names() {}

    private static final Set<String> WORDS =
        Set.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "chat_template.json",
            "adapter_config.json");

    /// The best first.
    private static final List<Predicate<HubFile>> KINDS =
        List.of(
            named("model(-\\d+-of-\\d+)?\\.safetensors|model\\.safetensors\\.index\\.json"),
            named("pytorch_model(-\\d+-of-\\d+)?\\.bin|pytorch_model\\.bin\\.index\\.json"),
            named("(onnx/)?model\\.onnx([._]data)?"));

    private static Predicate<HubFile> named(String expression) {
      Predicate<String> matches = Pattern.compile(expression).asMatchPredicate();
      return file -> matches.test(file.path());
    }
  }
}
