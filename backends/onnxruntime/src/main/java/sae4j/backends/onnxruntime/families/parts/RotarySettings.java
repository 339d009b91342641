// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.files.FormatException;

/// How fast pairs of entries rotate from position to position, by the fields of a configuration:
/// `rope_parameters`, or the older `rope_theta`, `rotary_emb_base` and `rope_scaling`.
///
/// @param frequencies radians per position, for each pair
/// @param frequenciesBeyond the same in sequences longer than `usualLength`
/// @param usualLength the most tokens for which `frequencies` hold; [Integer#MAX_VALUE] if they
///     always do
/// @param amplitude of the rotated entries
public record RotarySettings(
    float[] frequencies, float[] frequenciesBeyond, int usualLength, double amplitude) {
  private static final String TYPE = "rope_type";
  private static final String OLD_TYPE = "type";
  private static final String ORIGINAL = "original_max_position_embeddings";

  /// How many entries of a head are rotated.
  public int dims() {
    return 2 * frequencies.length;
  }

  /// What is read of a configuration.
  ///
  /// @param config the whole of it
  /// @param newer `rope_parameters`, or what it says of the layers in question
  /// @param older `rope_scaling`, if it is about the layers in question
  /// @param baseKeys older fields that hold the base
  private record Fields(
      ModelConfig config,
      @Nullable ModelConfig newer,
      @Nullable ModelConfig older,
      List<String> baseKeys) {
    /// The one that says how frequencies are scaled.
    @Nullable ModelConfig scaling() {
      return newer == null ? older : newer;
    }

    List<ModelConfig> present() {
      return Stream.of(config, older, newer).filter(Objects::nonNull).toList();
    }
  }

  /// Frequencies that are the same in all layers.
  ///
  /// @param dims how many entries of a head are rotated; even
  /// @param base where the configuration names none
  /// @throws FormatException if they are scaled in a way that is not covered, or if two fields
  ///     contradict each other
  public static RotarySettings of(ModelConfig config, int dims, double base)
      throws FormatException {
    @Nullable ModelConfig newer = config.below("rope_parameters");
    @Nullable ModelConfig older = config.below("rope_scaling");
    requireOneForAll(newer);
    requireOneForAll(older);
    return of(
        new Fields(config, newer, older, List.of("rotary_emb_base", "rope_theta")), dims, base);
  }

  /// Frequencies of the layers of one kind.
  ///
  /// @param kind the kind's name in `rope_parameters`
  /// @param baseKey the older field that holds their base
  /// @param scaled whether the older `rope_scaling` is about them
  public static RotarySettings ofLayers(
      ModelConfig config, String kind, int dims, String baseKey, double base, boolean scaled)
      throws FormatException {
    @Nullable ModelConfig all = config.below("rope_parameters");
    if (all != null && !all.isObject(kind) && !all.fields().isEmpty()) {
      throw all.unsupported(kind, "settings for each kind of layer");
    }
    return of(
        new Fields(
            config,
            all == null ? null : all.below(kind),
            scaled ? config.below("rope_scaling") : null,
            List.of(baseKey)),
        dims,
        base);
  }

  private static RotarySettings of(Fields fields, int dims, double usualBase)
      throws FormatException {
    requireAgreement(fields.newer(), fields.older());
    double base = base(fields, usualBase);
    @Nullable ModelConfig rope = fields.scaling();
    // The newer field has a default, the older one must say how it scales.
    String type = rope == null ? "default" : type(rope, fields.newer() == null ? "" : "default");
    double[] plain = new double[dims / 2];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = Math.pow(base, -2.0 * i / dims);
    }
    if (rope == null) {
      return steady(plain, 1);
    }
    return switch (type) {
      case "linear" -> {
        double factor = factor(rope);
        yield steady(each(plain, frequency -> frequency / factor), 1);
      }
      // It changes the frequencies of sequences beyond the context, which are not read here.
      case "dynamic" -> {
        factor(rope);
        yield steady(plain, 1);
      }
      case "llama3" -> steady(llama3(plain, rope), 1);
      case "yarn" -> yarn(plain, base, fields, rope);
      case "longrope", "su" -> longrope(plain, fields, rope);
      default -> steady(plain, 1);
    };
  }

  @FunctionalInterface
  private interface Scaling {
    double of(double frequency);
  }

  private static double[] each(double[] plain, Scaling scaling) {
    double[] scaled = plain.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = scaling.of(plain[i]);
    }
    return scaled;
  }

  private static RotarySettings steady(double[] frequencies, double amplitude) {
    float[] floats = floats(frequencies);
    return new RotarySettings(floats, floats, Integer.MAX_VALUE, amplitude);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /// Refuses settings for each kind of layer.
  private static void requireOneForAll(@Nullable ModelConfig rope) throws FormatException {
    if (rope != null) {
      for (String field : rope.fields()) {
        if (rope.isObject(field)) {
          throw rope.unsupported(field, "one setting for all layers");
        }
      }
    }
  }

  /// Refuses two spellings that say different things.
  private static void requireAgreement(@Nullable ModelConfig newer, @Nullable ModelConfig older)
      throws FormatException {
    if (newer == null || older == null) {
      return;
    }
    for (String field : older.fields()) {
      String ours = field.equals(OLD_TYPE) && !newer.mentions(OLD_TYPE) ? TYPE : field;
      if (!newer.found(ours).equals(older.found(field))) {
        throw older.contradicted(field, "rope_parameters." + ours + " is " + newer.found(ours));
      }
    }
  }

  private static String type(ModelConfig rope, String otherwise) throws FormatException {
    if (rope.mentions(TYPE) && rope.mentions(OLD_TYPE)) {
      String old = rope.found(OLD_TYPE);
      if (!old.equals(rope.found(TYPE))) {
        throw rope.contradicted(TYPE, OLD_TYPE + " is " + old);
      }
    }
    return rope.word(
        rope.mentions(TYPE) ? TYPE : OLD_TYPE,
        otherwise,
        List.of("default", "linear", "dynamic", "llama3", "yarn", "longrope", "su"));
  }

  /// The base of all frequencies. It stands in one of several places, or is the same in all of
  /// them.
  private static double base(Fields fields, double usual) throws FormatException {
    double base = usual;
    @Nullable String from = null;
    for (ModelConfig part : fields.present()) {
      List<String> keys =
          part == fields.config() ? fields.baseKeys() : List.of("rotary_emb_base", "rope_theta");
      for (String key : keys) {
        if (!part.mentions(key)) {
          continue;
        }
        double found = part.number(key, 1, Float.MAX_VALUE);
        if (from != null && found != base) {
          throw part.contradicted(key, from + " is " + base);
        }
        base = found;
        from = key;
      }
    }
    return base;
  }

  private static double factor(ModelConfig rope) throws FormatException {
    return rope.number("factor", 1, Float.MAX_VALUE);
  }

  /// By how much the context was lengthened: `factor`, or the ratio of both lengths.
  private static double factor(ModelConfig rope, int context, int original) throws FormatException {
    return rope.isNumber("factor") ? factor(rope) : (double) context / original;
  }

  /// Llama 3.1 divides low frequencies by `factor` and keeps high ones, with a smooth transition
  /// between.
  private static double[] llama3(double[] plain, ModelConfig rope) throws FormatException {
    double factor = factor(rope);
    double low = rope.number("low_freq_factor", Float.MIN_NORMAL, Float.MAX_VALUE);
    double high = rope.number("high_freq_factor", Float.MIN_NORMAL, Float.MAX_VALUE);
    if (high <= low) {
      throw rope.refused("high_freq_factor", "which must be above low_freq_factor");
    }
    int original = rope.size(ORIGINAL);
    return each(
        plain,
        frequency -> {
          double turns = original * frequency / (2 * Math.PI);
          double smooth = Math.clamp((turns - low) / (high - low), 0, 1);
          return (1 - smooth) * frequency / factor + smooth * frequency;
        });
  }

  /// YaRN divides the frequencies of pairs that turn less than `beta_slow` times within the
  /// original context by `factor`, keeps those that turn more than `beta_fast` times, with a ramp
  /// between, and scales the rotated entries ([Peng et al.
  /// 2023](https://arxiv.org/abs/2309.00071)).
  private static RotarySettings yarn(double[] plain, double base, Fields fields, ModelConfig rope)
      throws FormatException {
    int context = fields.config().size("max_position_embeddings");
    int original = rope.size(ORIGINAL, context);
    double factor = factor(rope, context, original);
    int dims = 2 * plain.length;
    double fast = rope.number("beta_fast", 32, Float.MIN_NORMAL, Float.MAX_VALUE);
    double slow = rope.number("beta_slow", 1, Float.MIN_NORMAL, Float.MAX_VALUE);
    double low = turningOnce(fast, dims, base, original);
    double high = turningOnce(slow, dims, base, original);
    if (rope.flag("truncate", true)) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    double from = Math.max(low, 0);
    double to = Math.min(high, dims - 1.0);
    double span = from == to ? 0.001 : to - from;
    double[] scaled = plain.clone();
    for (int i = 0; i < scaled.length; i++) {
      double divided = Math.clamp((i - from) / span, 0, 1);
      scaled[i] = plain[i] / factor * divided + plain[i] * (1 - divided);
    }
    double amplitude = yarnScale(factor, 1);
    if (rope.isNumber("attention_factor")) {
      amplitude = rope.number("attention_factor", Float.MIN_NORMAL, Float.MAX_VALUE);
    } else {
      double scale = rope.number("mscale", 0, 0, Float.MAX_VALUE);
      double ofAll = rope.number("mscale_all_dim", 0, 0, Float.MAX_VALUE);
      if (scale > 0 && ofAll > 0) {
        amplitude = yarnScale(factor, scale) / yarnScale(factor, ofAll);
      }
    }
    return steady(scaled, amplitude);
  }

  /// The pair, counted from 0 and not whole, that turns so many times within the original context.
  private static double turningOnce(double turns, int dims, double base, int original) {
    return dims * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  }

  private static double yarnScale(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  /// LongRoPE divides each frequency by a number of its own, and by another one in sequences longer
  /// than the original context ([Ding et al. 2024](https://arxiv.org/abs/2402.13753)).
  private static RotarySettings longrope(double[] plain, Fields fields, ModelConfig rope)
      throws FormatException {
    ModelConfig config = fields.config();
    int context = config.size("max_position_embeddings");
    int original = config.mentions(ORIGINAL) ? config.size(ORIGINAL) : rope.size(ORIGINAL, context);
    double factor = factor(rope, context, original);
    double amplitude =
        rope.isNumber("attention_factor")
            ? rope.number("attention_factor", Float.MIN_NORMAL, Float.MAX_VALUE)
            : factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    double[] within = divided(plain, rope, "short_factor");
    double[] beyond = divided(plain, rope, "long_factor");
    return new RotarySettings(
        floats(within),
        floats(beyond),
        original < context ? original : Integer.MAX_VALUE,
        amplitude);
  }

  private static double[] divided(double[] plain, ModelConfig rope, String key)
      throws FormatException {
    List<Double> factors = rope.numbers(key, plain.length, Float.MIN_NORMAL, Float.MAX_VALUE);
    double[] divided = plain.clone();
    for (int i = 0; i < divided.length; i++) {
      divided[i] = plain[i] / factors.get(i);
    }
    return divided;
  }
}
