// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorData;
import sae4j.files.json.Config;
import sae4j.files.torch.Torch;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// The folder of dictionary_learning: `ae.pt`, a state dict, and `config.json`, whose
/// `trainer.dict_class` says which class it is of. Source: saprmarks/dictionary_learning,
/// `dictionary.py`, `trainers/` and `utils.load_dictionary`.
public final class DictionaryLearning implements SaeFormat {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "ae.pt";

  /// What a TopK has learned beside its weights, for use without the choice of k.
  static final String THRESHOLD = "threshold";

  private static final String GROUPS = "group_sizes";

  /// What its trainers say of how they trained; it changes nothing afterwards.
  private static final Set<String> OF_TRAINING =
      Set.of(
          "trainer_class",
          "lr",
          "steps",
          "seed",
          "device",
          "layer",
          "wandb_name",
          "warmup_steps",
          "lambda_warm_steps",
          "decay_start",
          "resample_steps",
          "l1_penalty",
          "l0_penalty",
          "sparsity_penalty",
          "sparsity_coefficient",
          "sparsity_function",
          "sparsity_warmup_steps",
          "sparsity_queue_length",
          "sparsity_loss_queue_length",
          "activation_queue_length",
          "adaptive_sparsity_penalty",
          "n_sparsity_updates",
          "p_start",
          "p_end",
          "anneal_start",
          "steps_before_annealing",
          "gp_reg_coeff",
          "bandwidth",
          "target_l0",
          "auxk_alpha",
          "top_k_aux",
          "k_anneal_steps",
          "threshold_beta",
          "threshold_start_step",
          "group_fractions",
          "group_weights",
          "weights_temperature");

  /// What its buffers say of how they read.
  private static final Set<String> OF_READING =
      Set.of("d_submodule", "layer", "n_ctxs", "refresh_batch_size", "out_batch_size", "device");

  private static final Pattern LAYER = Pattern.compile("blocks\\.(\\d{1,6})\\..*");
  private static final Pattern RESIDUAL = Pattern.compile("resid_post_layer_(\\d+)");

  /// Found by [java.util.ServiceLoader].
  public DictionaryLearning() {}

  /// A class of dictionaries.
  private enum Kind {
    AutoEncoder(true, true),
    AutoEncoderNew(false, true),
    GatedAutoEncoder(true, true),
    JumpReluAutoEncoder(false, false),
    AutoEncoderTopK(true, true),
    BatchTopKSAE(true, true),
    MatryoshkaBatchTopKSAE(true, false);

    /// Whether it encodes x − b_dec.
    private final boolean subtracts;

    /// Whether its matrices are those of torch's `Linear`, and called so.
    private final boolean linear;

    Kind(boolean subtracts, boolean linear) {
      this.subtracts = subtracts;
      this.linear = linear;
    }

    /// How its state dict calls one of our tensors.
    String theirs(String ours) {
      if (!linear) {
        return ours;
      }
      return switch (ours) {
        case "W_enc" -> "encoder.weight";
        case "W_dec" -> "decoder.weight";
        case "b_enc" -> "encoder.bias";
        case "b_gate" -> "gate_bias";
        case "b_mag" -> "mag_bias";
        case "b_dec" ->
            switch (this) {
              case AutoEncoder -> "bias";
              case AutoEncoderNew -> "decoder.bias";
              case GatedAutoEncoder -> "decoder_bias";
              case JumpReluAutoEncoder, AutoEncoderTopK, BatchTopKSAE, MatryoshkaBatchTopKSAE ->
                  "b_dec";
            };
        default -> ours;
      };
    }

    private static IllegalArgumentException none(Activation codes) {
      return new IllegalArgumentException("no class has " + codes);
    }

    boolean hasK() {
      return this == AutoEncoderTopK || this == BatchTopKSAE || this == MatryoshkaBatchTopKSAE;
    }

    static Kind of(SaeWeights weights) {
      return switch (weights.activation()) {
        case Activation.Relu relu -> weights.subtractsDecoderBias() ? AutoEncoder : AutoEncoderNew;
        case Activation.Gated gated -> GatedAutoEncoder;
        case Activation.JumpRelu jumpRelu -> JumpReluAutoEncoder;
        case Activation.TopK topK -> AutoEncoderTopK;
        case Activation.BatchTopK batchTopK -> BatchTopKSAE;
        case Activation.Matryoshka matryoshka -> MatryoshkaBatchTopKSAE;
        case Activation.SignedTopK signed -> throw none(signed);
        case Activation.AbsTopK signed -> throw none(signed);
        case Activation.Own own -> throw none(own);
      };
    }
  }

  @Override
  public String name() {
    return "dictionary-learning";
  }

  @Override
  public String meaning() {
    return "a folder with ae.pt and config.json";
  }

  @Override
  public boolean recognises(Path path) {
    return Files.exists(path.resolve(WEIGHTS)) || isWeightsOfFolder(path);
  }

  /// Whether a file is the `ae.pt` of a folder that can be read.
  static boolean isWeightsOfFolder(Path path) {
    return path.endsWith(WEIGHTS)
        && Files.isRegularFile(path)
        && Files.exists(path.resolveSibling(CONFIG));
  }

  @Override
  public SaeWeights read(Path path) throws IOException {
    Path weights = Files.isDirectory(path) ? path.resolve(WEIGHTS) : path;
    Config config = Config.read(weights.resolveSibling(CONFIG), SaeFormats.GIVE_A_FOLDER);
    Config trainer = config.below("trainer");
    requireNoCrosscoder(trainer);
    Kind kind =
        Kind.valueOf(
            trainer.word(
                "dict_class", null, Arrays.stream(Kind.values()).map(Kind::name).toList()));
    int width = trainer.positive("activation_dim");
    int features = trainer.positive("dict_size");
    try (Torch file = Torch.open(weights)) {
      SaeWeights read = read(config, trainer, kind, width, features, file);
      trainer.nothingElseThan(OF_TRAINING);
      config.nothingElseThan(Set.of());
      return read;
    }
  }

  private SaeWeights read(
      Config config, Config trainer, Kind kind, int width, int features, Torch file)
      throws IOException {
    NamedTensors tensors = new NamedTensors(file);
    boolean topK = kind == Kind.AutoEncoderTopK;
    requireNames(kind, tensors);
    if (!file.values().isEmpty()) {
      throw new FormatException(
          file.path(),
          "values [%s]".formatted(FormatException.list(file.values().keySet())),
          "are no tensors",
          "save only the state dict");
    }
    int k = kind.hasK() ? k(trainer, tensors, features) : 0;
    Activation activation =
        switch (kind) {
          case AutoEncoder, AutoEncoderNew -> new Activation.Relu();
          case GatedAutoEncoder -> new Activation.Gated();
          case JumpReluAutoEncoder -> new Activation.JumpRelu();
          case AutoEncoderTopK -> new Activation.TopK(k);
          case BatchTopKSAE -> new Activation.BatchTopK(k);
          case MatryoshkaBatchTopKSAE ->
              new Activation.Matryoshka(k, groups(trainer, tensors, features));
        };
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    for (var each : SaeWeights.shapes(activation, width, features, width, false).entrySet()) {
      String theirs = kind.theirs(each.getKey());
      long[] sizes = each.getValue().sizes();
      weights.put(
          each.getKey(),
          kind.linear && sizes.length == 2
              ? tensors.transposed(theirs, sizes[0], sizes[1])
              : tensors.weight(theirs, sizes));
    }
    Map<String, TensorData> further = new LinkedHashMap<>();
    if (topK && tensors.has(THRESHOLD)) {
      Weight threshold = tensors.weight(THRESHOLD);
      // −1 stands for one that training has not set
      if (threshold.values()[0] != -1 || threshold.dtype() != DType.F32) {
        further.put(THRESHOLD, threshold.data(THRESHOLD));
      }
    }
    return SaeWeights.builder(activation, weights)
        .subtractsDecoderBias(kind.subtracts)
        .origin(origin(config, trainer))
        .source(new Source(name(), config.json(), further))
        .build();
  }

  /// The fork of science-of-finetuning has crosscoders, under names of its own.
  private static void requireNoCrosscoder(Config trainer) throws FormatException {
    String dictClass = trainer.json().path("dict_class").asText();
    if (dictClass.endsWith("CrossCoder")) {
      throw trainer.refused(
          "dict_class",
          "is " + FormatException.quote(dictClass) + ", which reads several hook points",
          "give a copy of ae.pt in a folder of its own: a crosscoder needs no configuration");
    }
  }

  private static void requireNames(Kind kind, NamedTensors tensors) throws FormatException {
    Activation shape =
        switch (kind) {
          case AutoEncoder, AutoEncoderNew -> new Activation.Relu();
          case GatedAutoEncoder -> new Activation.Gated();
          case JumpReluAutoEncoder -> new Activation.JumpRelu();
          case AutoEncoderTopK -> new Activation.TopK(1);
          case BatchTopKSAE, MatryoshkaBatchTopKSAE -> new Activation.BatchTopK(1);
        };
    Set<String> required = new TreeSet<>();
    SaeWeights.shapes(shape, 1, 1, 1, false)
        .keySet()
        .forEach(ours -> required.add(kind.theirs(ours)));
    if (kind == Kind.MatryoshkaBatchTopKSAE) {
      required.add(GROUPS);
    }
    // k and the threshold of TopK were added to the state dict in the course of time
    boolean topK = kind == Kind.AutoEncoderTopK;
    tensors.requireNames(
        required, kind.hasK() ? topK ? Set.of("k", "threshold") : Set.of("k") : Set.of());
  }

  private static int k(Config trainer, NamedTensors tensors, int features) throws IOException {
    Integer said = trainer.mentions("k") ? (Integer) trainer.positive("k") : null;
    if (!tensors.has("k")) {
      int k = said == null ? trainer.positive("k") : said;
      if (k > features) {
        throw trainer.refused(
            "k", "is " + k + " but dict_size is " + features, "at most all features can be active");
      }
      return k;
    }
    int k = tensors.positive("k", features);
    if (said != null && said != k) {
      throw trainer.refused(
          "k", "is " + said + " but the weights say " + k, "both must be of the same dictionary");
    }
    return k;
  }

  private static List<Integer> groups(Config trainer, NamedTensors tensors, int features)
      throws IOException {
    String name = GROUPS;
    List<Integer> groups = new ArrayList<>();
    long left = features;
    for (long size : tensors.wholes(name, tensors.length(name))) {
      if (size < 1 || size > left) {
        throw tensors.refused(
            name, "has a group of " + size, "groups must be positive and make up dict_size");
      }
      groups.add((int) size);
      left -= size;
    }
    if (left != 0) {
      throw tensors.refused(
          name,
          "makes up " + (features - left) + " features, expected " + features,
          "groups must make up dict_size");
    }
    if (trainer.has(name) && !trainer.positives(name).equals(groups)) {
      throw trainer.refused(
          name,
          "is %s but the weights say %s".formatted(trainer.found(name), groups),
          "both must be of the same dictionary");
    }
    return groups;
  }

  private static Origin origin(Config config, Config trainer) throws FormatException {
    Integer context = null;
    if (config.has("buffer")) {
      Config buffer = config.below("buffer");
      // with in_and_out, what a submodule gives was predicted from what it is given
      buffer.word("io", "out", List.of("in", "out"));
      context = buffer.optionalPositive("ctx_len");
      buffer.nothingElseThan(OF_READING);
    }
    String submodule = trainer.text("submodule_name");
    Matcher residual = RESIDUAL.matcher(submodule == null ? "" : submodule);
    return new Origin(
        trainer.text("lm_name"),
        residual.matches() ? "blocks." + residual.group(1) + ".hook_resid_post" : submodule,
        null,
        context);
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (weights.transcoder() || weights.hasSkip()) {
      return Optional.of("it has no transcoders and no skip connections");
    }
    return weights.normalisation() == Normalisation.NONE
        ? Optional.empty()
        : Optional.of("it normalises no token");
  }

  @Override
  public List<String> write(Path folder, SaeWeights given) throws IOException {
    Folding folding = new Folding(given).scales().decoderNorms();
    if (!(given.activation() instanceof Activation.Relu)) {
      folding.subtraction(Kind.of(given).subtracts);
    }
    SaeWeights weights = folding.weights();
    Kind kind = Kind.of(weights);
    Map<String, Object> state = new LinkedHashMap<>();
    Integer k = weights.k();
    if (k != null) {
      state.put("k", TensorData.longs("k", new long[] {k}).as(DType.I32));
    }
    if (kind == Kind.AutoEncoderTopK) {
      TensorData unset = TensorData.floats(THRESHOLD, new float[] {-1});
      state.put(THRESHOLD, weights.source().tensorsFor(name()).getOrDefault(THRESHOLD, unset));
    }
    if (weights.activation() instanceof Activation.Matryoshka(int each, List<Integer> groups)) {
      long[] sizes = groups.stream().mapToLong(Integer::longValue).toArray();
      state.put("group_sizes", TensorData.longs("group_sizes", sizes, sizes.length));
    }
    weights
        .tensors()
        .forEach(
            (ours, weight) ->
                state.put(
                    kind.theirs(ours),
                    (kind.linear && weight.shape().rank() == 2 ? weight.transposed() : weight)
                        .data(ours)));
    NewFile.folder(folder);
    Torch.write(folder.resolve(WEIGHTS), state);
    Config.write(folder.resolve(CONFIG), config(weights, kind, k));
    return folding.notes();
  }

  private ObjectNode config(SaeWeights weights, Kind kind, @Nullable Integer k) {
    ObjectNode config = weights.source().configFor(name());
    ObjectNode trainer = config.withObjectProperty("trainer");
    trainer.put("dict_class", kind.name());
    trainer.put("activation_dim", weights.width());
    trainer.put("dict_size", weights.features());
    if (k != null) {
      trainer.put("k", k);
    }
    Origin origin = weights.origin();
    if (!trainer.has("lm_name")) {
      trainer.put("lm_name", origin.modelName());
    }
    String hook = origin.hookName() == null ? "" : origin.hookName();
    Matcher layer = LAYER.matcher(hook);
    if (layer.matches() && !trainer.has("layer")) {
      trainer.put("layer", Integer.parseInt(layer.group(1)));
      trainer.put(
          "submodule_name",
          hook.endsWith(".hook_resid_post") ? "resid_post_layer_" + layer.group(1) : hook);
    }
    ObjectNode buffer = config.withObjectProperty("buffer");
    if (origin.contextSize() != null && !buffer.has("ctx_len")) {
      buffer.put("ctx_len", origin.contextSize());
    }
    return config;
  }
}
