// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorData;
import sae4j.files.json.Config;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// Gemma Scope 2's folder: `config.json` and `params.safetensors`. JumpReLU, which encodes x as it
/// is; a transcoder may have an affine skip connection:
///
/// ```
/// z = JumpReLU(x·w_enc + b_enc)        y = z·w_dec + b_dec (+ x·affine_skip_connection)
/// ```
///
/// The skip connection is [D, D_out] and not transposed. Where the configuration says nothing of
/// the hook points, the folder's published name does: `resid_post/layer_13_width_16k_l0_medium`.
/// Crosscoders and cross-layer transcoders, with a file for each layer, are refused by name.
/// Source: the layout that public loaders of google/gemma-scope-2-* read.
public final class GemmaScope2 implements SaeFormat {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "params.safetensors";
  private static final String FIRST_OF_SEVERAL = "params_layer_0.safetensors";
  private static final String SKIP = "affine_skip_connection";
  private static final Set<String> NAMES = Set.of("w_enc", "b_enc", "threshold", "w_dec", "b_dec");

  private static final String SAE = "sae";
  private static final String TRANSCODER = "transcoder";

  /// Where the SAEs of a folder of that name are, and what transcoders read and predict.
  private static final Map<String, Place> PLACES =
      Map.of(
          "resid_post",
          new Place("hook_resid_post", null),
          "attn_out",
          new Place("attn.hook_z", null),
          "mlp_out",
          new Place("hook_mlp_out", null),
          TRANSCODER,
          new Place("mlp.hook_in", "hook_mlp_out"));

  private static final Pattern LAYER = Pattern.compile("layer_(\\d{1,4})(_.*)?");

  /// What transformers calls a hook point in a layer.
  private static final Map<String, String> MODULES =
      Map.of(
          "hook_resid_post", "output",
          "attn.hook_z", "self_attn.o_proj.input",
          "mlp.hook_in", "pre_feedforward_layernorm.output",
          "hook_mlp_out", "post_feedforward_layernorm.output");

  private static final Pattern HOOK = Pattern.compile("blocks\\.(\\d+)\\.(.+)");
  private static final Pattern MODULE = Pattern.compile("(?:.*\\.)?layers\\.(\\d{1,4})\\.(.+)");

  /// Found by [java.util.ServiceLoader].
  public GemmaScope2() {}

  private record Place(String reads, @Nullable String predicts) {
    Origin at(String layer, @Nullable String model) {
      String block = "blocks." + Integer.parseInt(layer) + ".";
      return new Origin(model, block + reads, predicts == null ? null : block + predicts, null);
    }
  }

  @Override
  public String name() {
    return "gemma-scope-2";
  }

  @Override
  public String meaning() {
    return "a folder with params.safetensors";
  }

  @Override
  public boolean recognises(Path path) {
    return Files.exists(path.resolve(WEIGHTS)) || Files.exists(path.resolve(FIRST_OF_SEVERAL));
  }

  @Override
  public SaeWeights read(Path folder) throws IOException {
    if (!Files.exists(folder.resolve(WEIGHTS))) {
      throw new FormatException(
          folder,
          "folder",
          "holds a crosscoder or a cross-layer transcoder, a file for each layer",
          "these are not read; give an SAE or a transcoder of one layer");
    }
    Optional<Config> config =
        Files.exists(folder.resolve(CONFIG))
            ? Optional.of(Config.read(folder.resolve(CONFIG), SaeFormats.GIVE_A_FOLDER))
            : Optional.empty();
    Activation activation = new Activation.JumpRelu();
    try (Safetensors file = Safetensors.open(folder.resolve(WEIGHTS))) {
      NamedTensors tensors = new NamedTensors(file);
      tensors.requireNames(NAMES, Set.of(SKIP));
      int[] encoder = tensors.matrixSizes("w_enc");
      int[] decoder = tensors.matrixSizes("w_dec");
      boolean skip = tensors.has(SKIP);
      SequencedMap<String, Weight> weights = new LinkedHashMap<>();
      weights.put("W_enc", tensors.weight("w_enc", encoder[0], encoder[1]));
      weights.put("b_enc", tensors.weight("b_enc", encoder[1]));
      weights.put("W_dec", tensors.weight("w_dec", encoder[1], decoder[1]));
      weights.put("b_dec", tensors.weight("b_dec", decoder[1]));
      weights.put("threshold", tensors.weight("threshold", encoder[1]));
      if (skip) {
        weights.put("W_skip", tensors.transposed(SKIP, decoder[1], encoder[0]));
      }
      List<String> assumptions = new ArrayList<>();
      Origin origin = origin(folder, config, assumptions);
      String type = config.isPresent() ? config.get().text("type") : null;
      boolean transcoder =
          skip
              || encoder[0] != decoder[1]
              || origin.outputHookName() != null
              || TRANSCODER.equals(type);
      if (transcoder && SAE.equals(type)) {
        throw config
            .orElseThrow()
            .refused(
                "type",
                "is 'sae', but its tensors or hook points are those of a transcoder",
                "write 'transcoder', if that is what it is");
      }
      if (config.isPresent()) {
        requireSame(config.get(), encoder[1], skip, assumptions);
      }
      boolean said = transcoder || origin.hookName() != null || SAE.equals(type);
      String kind =
          said
              ? ""
              : "it is an SAE and no transcoder: neither config.json nor its path names hook"
                  + " points; if it is one, give --target-hook where there is that option";
      if (!said) {
        assumptions.add(kind);
      }
      return SaeWeights.builder(activation, weights)
          .transcoder(transcoder)
          .origin(origin)
          .source(
              new Source(
                  name(),
                  config.map(Config::json).orElseGet(Config::empty),
                  Map.of(),
                  assumptions,
                  kind))
          .build();
    }
  }

  /// The published files could not be looked at for this, only what reads them. So what contradicts
  /// the weights is refused, and what is not known is said.
  private static void requireSame(
      Config config, int features, boolean skip, List<String> assumptions) throws FormatException {
    config.word("architecture", "jump_relu", List.of("jump_relu"));
    if (config.json().path("width").isInt() && config.positive("width") != features) {
      throw config.refused(
          "width",
          "is %d, and %s has %d features".formatted(config.positive("width"), WEIGHTS, features),
          "take both files from one folder");
    }
    if (config.flag("affine_connection", skip) != skip) {
      throw config.refused(
          "affine_connection",
          "is %s, and %s has %s %s".formatted(!skip, WEIGHTS, skip ? "an" : "no", SKIP),
          "take both files from one folder");
    }
    List<String> others = new ArrayList<>();
    config.json().fieldNames().forEachRemaining(others::add);
    others.removeAll(FIELDS);
    if (!others.isEmpty()) {
      assumptions.add(
          "these fields of config.json change nothing: " + FormatException.list(others));
    }
  }

  private static final Set<String> FIELDS =
      Set.of(
          "hf_hook_point_in",
          "hf_hook_point_out",
          "width",
          "model_name",
          "architecture",
          "l0",
          "affine_connection",
          "type");

  private static Origin origin(Path folder, Optional<Config> config, List<String> assumptions)
      throws FormatException {
    String model = config.isPresent() ? config.get().text("model_name") : null;
    if (model != null && model.startsWith("gemma-v3-")) {
      String named = "google/gemma-3-" + model.substring("gemma-v3-".length());
      assumptions.add("the model is %s: config.json calls it %s".formatted(named, model));
      model = named;
    }
    String in = config.isPresent() ? config.get().text("hf_hook_point_in") : null;
    String out = config.isPresent() ? config.get().text("hf_hook_point_out") : null;
    Optional<Origin> named = ofPath(folder, model);
    if (in == null && out == null) {
      named.ifPresent(
          origin ->
              assumptions.add(
                  "it was trained at %s: its path says so".formatted(origin.hookName())));
      return named.orElse(new Origin(model, null));
    }
    String reads = hook(in);
    String predicts = hook(out);
    if (reads != null && predicts != null) {
      return new Origin(model, reads, reads.equals(predicts) ? null : predicts, null);
    }
    if (named.isPresent()) {
      assumptions.add(
          "it was trained at %s: its path says so, and config.json has %s and %s"
              .formatted(named.get().hookName(), quoted(in), quoted(out)));
      return named.get();
    }
    throw config
        .orElseThrow()
        .refused(
            reads == null ? "hf_hook_point_in" : "hf_hook_point_out",
            "is %s, which is no hook point that is known here"
                .formatted(quoted(reads == null ? in : out)),
            "known are outputs of a layer, of post_feedforward_layernorm and of"
                + " pre_feedforward_layernorm, and the input of self_attn.o_proj");
  }

  private static String quoted(@Nullable String word) {
    return word == null ? "nothing" : FormatException.quote(word);
  }

  /// A hook point by its name in transformers; null if it is none of those that are known.
  private static @Nullable String hook(@Nullable String module) {
    Matcher spelled = MODULE.matcher(module == null ? "" : module);
    if (!spelled.matches()) {
      return null;
    }
    return MODULES.entrySet().stream()
        .filter(each -> each.getValue().equals(spelled.group(2)))
        .map(each -> "blocks.%d.%s".formatted(Integer.parseInt(spelled.group(1)), each.getKey()))
        .findFirst()
        .orElse(null);
  }

  /// By the published names: `resid_post/layer_13_width_16k_l0_medium`, also `resid_post_all`.
  private static Optional<Origin> ofPath(Path folder, @Nullable String model) {
    Path absolute = folder.toAbsolutePath().normalize();
    Path above = absolute.getParent();
    if (absolute.getFileName() == null || above == null || above.getFileName() == null) {
      return Optional.empty();
    }
    Matcher layer = LAYER.matcher(absolute.getFileName().toString());
    Place place = PLACES.get(above.getFileName().toString().replaceFirst("_all$", ""));
    return layer.matches() && place != null
        ? Optional.of(place.at(layer.group(1), model))
        : Optional.empty();
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (weights.hasSkip() && !weights.transcoder()) {
      return Optional.of("it has skip connections of transcoders alone");
    }
    if (weights.normalisation() != Normalisation.NONE) {
      return Optional.of("it normalises no token");
    }
    boolean known =
        weights.transcoder()
            && weights.origin().hookName() != null
            && weights.origin().outputHookName() != null;
    if (weights.transcoder()
        && !known
        && !weights.hasSkip()
        && weights.width() == weights.outputWidth()) {
      return Optional.of("a transcoder shows by its two hook points, which are not known");
    }
    return JumpReluForm.cannotHold(weights);
  }

  @Override
  public List<String> write(Path folder, SaeWeights given) throws IOException {
    Folding folding = JumpReluForm.of(given);
    SaeWeights weights = folding.weights();
    List<TensorData> tensors = new ArrayList<>();
    tensors.add(weights.tensor("W_enc").data("w_enc"));
    tensors.add(weights.tensor("b_enc").data("b_enc"));
    tensors.add(weights.tensor("W_dec").data("w_dec"));
    tensors.add(weights.tensor("b_dec").data("b_dec"));
    tensors.add(weights.tensor("threshold").data("threshold"));
    if (weights.hasSkip()) {
      tensors.add(weights.tensor("W_skip").transposed().data(SKIP));
    }
    NewFile.folder(folder);
    Safetensors.write(folder.resolve(WEIGHTS), Map.of(), tensors);
    Config.write(folder.resolve(CONFIG), config(weights, folding));
    return folding.notes();
  }

  private ObjectNode config(SaeWeights weights, Folding folding) {
    ObjectNode config = weights.source().configFor(name());
    Origin origin = weights.origin();
    String in = module(origin.hookName());
    String out = weights.transcoder() ? module(origin.outputHookName()) : in;
    if (in != null && out != null) {
      config.put("hf_hook_point_in", in);
      config.put("hf_hook_point_out", out);
    } else if (!origin.inputHooks().isEmpty()) {
      folding.note("the format has no name for the hook point %s".formatted(origin.hookName()));
    }
    if (origin.modelName() != null && !config.has("model_name")) {
      config.put("model_name", origin.modelName());
    }
    config.put("width", weights.features());
    config.put("architecture", "jump_relu");
    config.put("affine_connection", weights.hasSkip());
    config.put("type", weights.transcoder() ? TRANSCODER : SAE);
    return config;
  }

  /// The name in transformers of a hook point; null if the format has none.
  private static @Nullable String module(@Nullable String hook) {
    Matcher spelled = HOOK.matcher(hook == null ? "" : hook);
    @Nullable String module = spelled.matches() ? MODULES.get(spelled.group(2)) : null;
    return module == null ? null : "model.layers.%s.%s".formatted(spelled.group(1), module);
  }
}
