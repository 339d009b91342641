// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import sae4j.files.FormatException;

/// Which files of a repository are fetched. A repository often holds more than is wanted: the
/// weights of a model in several formats, or a hundred SAEs.
public interface HubSelection {
  /// All of them.
  HubSelection ALL = HubListing::files;

  /// Those that a language model is read from: its configuration, its tokenizer, and its weights
  /// once: as safetensors, or else as pickles, or else as an ONNX graph.
  HubSelection MODEL =
      listing -> {
        Predicate<HubFile> weights =
            Names.WEIGHTS.stream()
                .filter(kind -> listing.files().stream().anyMatch(kind))
                .findFirst()
                .orElse(file -> false);
        return listing.files().stream()
            .filter(weights.or(file -> Names.MODEL.contains(file.path())))
            .toList();
      };

  /// Those of one SAE: what lies in its folder, and in a folder `checkpoints` below it.
  HubSelection SAE =
      listing -> {
        List<HubFile> own =
            listing.files().stream()
                .filter(file -> listing.below(file).matches("(checkpoints/)?[^/]+"))
                .toList();
        if (own.stream().anyMatch(Names.NUMBERS)) {
          return own;
        }
        TreeSet<String> folders = new TreeSet<>();
        for (HubFile file : listing.files()) {
          folders.add(listing.below(file).replaceFirst("(/[^/]*)?$", ""));
        }
        throw new IOException(
            "%s: holds no SAE itself, but these: %s; name one"
                .formatted(listing.name(), FormatException.list(folders)));
      };

  /// Chooses.
  ///
  /// @param listing of a repository, or of a folder or file in it
  /// @return those of its files that are wanted
  /// @throws IOException if what is wanted is not in it; the message says what is
  List<HubFile> of(HubListing listing) throws IOException;

  /// How files are called.
  final class Names {
    private Names() {}

    private static final Set<String> MODEL =
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
    private static final List<Predicate<HubFile>> WEIGHTS =
        List.of(
            named("model(-\\d+-of-\\d+)?\\.safetensors|model\\.safetensors\\.index\\.json"),
            named("pytorch_model(-\\d+-of-\\d+)?\\.bin|pytorch_model\\.bin\\.index\\.json"),
            named("(onnx/)?model\\.onnx([._]data)?"));

    private static final Predicate<HubFile> NUMBERS =
        named(".*\\.(safetensors|npz|npy|pt|pth|bin)");

    private static Predicate<HubFile> named(String expression) {
      Predicate<String> matches = Pattern.compile(expression).asMatchPredicate();
      return file -> matches.test(file.path());
    }
  }
}
