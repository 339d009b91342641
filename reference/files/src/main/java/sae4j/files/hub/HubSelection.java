// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sae4j.files.FormatException;

/// Which files of a repository are fetched. A repository often holds more than is wanted: the
/// weights of a model in several formats, or a hundred SAEs.
///
/// They are fetched in the order in which they are chosen. What may be missing comes first and what
/// nothing works without comes last, so that a download that broke off is never taken for a model
/// or an SAE that lacks the rest by nature.
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
        return Stream.concat(
                listing.files().stream().filter(file -> Names.MODEL.contains(file.path())),
                listing.files().stream().filter(weights).sorted(Names.INDEX_LAST))
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
          return Stream.concat(
                  own.stream().filter(Names.NUMBERS.negate()),
                  own.stream()
                      .filter(Names.NUMBERS)
                      .sorted(Comparator.comparingLong(HubFile::size)))
              .toList();
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
  /// @return those of its files that are wanted, in the order in which they are fetched
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

    /// The list of the parts behind the parts.
    private static final Comparator<HubFile> INDEX_LAST =
        Comparator.comparing(file -> file.path().endsWith(".index.json"));

    private static final Predicate<HubFile> NUMBERS =
        named(".*\\.(safetensors|npz|npy|pt|pth|bin)");

    private static Predicate<HubFile> named(String expression) {
      Predicate<String> matches = Pattern.compile(expression).asMatchPredicate();
      return file -> matches.test(file.path());
    }
  }
}
