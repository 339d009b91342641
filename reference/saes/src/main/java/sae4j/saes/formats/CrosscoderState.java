// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.NonFinite;
import sae4j.files.Shape;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// The state dict of a crosscoder of dictionary_learning's fork, of L hook points, each D wide.
///
/// ```
/// u_l = (x_l − mean_l)·g_l                             f = ReLU(Σ_l u_l·encoder_l + encoder.bias)
/// z = f, or f·1[f·n > threshold] with a norm n of each feature's decoder vectors
/// x̂_l = (z·decoder_l + decoder.bias_l)/(g_l + 1e-8) + mean_l
/// ```
///
/// `encoder.weight` is L×D×F, `decoder.weight` L×F×D and `decoder.bias` L×D. Without a normaliser
/// mean and g take no part, and the file holds NaN and 1.
///
/// In [SaeWeights] the hook points stand side by side. The scales are g and g + 1e-8. The mean is
/// folded into the biases, and n into a threshold for each feature, because f·n > threshold is f >
/// threshold/n. What is folded is kept in [Source#tensors] as it was, so that an SAE that has not
/// changed is written again bit for bit.
///
/// @param encoder W_enc, (L·D)×F
/// @param encoderBias before the mean is folded, F
/// @param decoder W_dec, F×(L·D)
/// @param decoderBias before the mean is folded, L·D
/// @param hooks L
/// @param buffers the other tensors; those of the normaliser only if there is one
record CrosscoderState(
    Weight encoder,
    Weight encoderBias,
    Weight decoder,
    Weight decoderBias,
    int hooks,
    SequencedMap<String, TensorData> buffers) {

  /// `CodeNormalization`: what n is.
  enum Norm {
    /// Σ_l ‖decoder_l‖.
    CROSSCODER(1),
    /// ‖decoder‖ over all hook points.
    SAE(2),
    /// A sum of both with weights that the state dict does not hold.
    MIXED(3),
    /// 1.
    NONE(4),
    /// ‖decoder_l‖: each hook point has codes of its own.
    DECOUPLED(5);

    private final int id;

    Norm(int id) {
      this.id = id;
    }

    private static Norm of(int id) {
      return Arrays.stream(values()).filter(norm -> norm.id == id).findFirst().orElseThrow();
    }
  }

  private static final String ENCODER = "encoder.weight";
  private static final String ENCODER_BIAS = "encoder.bias";
  private static final String DECODER = "decoder.weight";
  private static final String DECODER_BIAS = "decoder.bias";
  private static final String NORM = "code_normalization_id";
  private static final String K = "k";
  private static final String THRESHOLD = "threshold";
  private static final String MEAN = "activation_mean";
  private static final String DEVIATION = "activation_std";
  private static final String SCALE = "activation_global_scale";
  private static final String TARGET = "target_rms";
  private static final List<String> NORMALISER = List.of(TARGET, MEAN, DEVIATION, SCALE);

  /// How biases are called in [Source#tensors] that were folded.
  private static final String UNFOLDED = " before the mean was folded";

  /// What the fork adds to g before it divides by it, in float32.
  private static final float NEXT_TO_NOTHING = 1e-8f;

  /// Whether a tensor is the encoder of such a file.
  static boolean isEncoder(TensorInfo tensor) {
    return tensor.name().equals(ENCODER) && tensor.shape().rank() == 3;
  }

  /// Reads a state dict, strictly.
  ///
  /// @throws FormatException if it is none of a crosscoder, or one that [SaeWeights] cannot carry
  static CrosscoderState read(TensorFile file) throws IOException {
    NamedTensors tensors = new NamedTensors(file);
    Set<String> required = new TreeSet<>(List.of(ENCODER, ENCODER_BIAS, DECODER, DECODER_BIAS));
    if (tensors.has(K) || tensors.has(THRESHOLD)) {
      required.addAll(List.of(K, THRESHOLD));
    }
    if (NORMALISER.stream().anyMatch(tensors::has)) {
      required.addAll(NORMALISER);
    }
    tensors.requireNames(required, Set.of(NORM));
    int[] sizes = sizes(file, tensors);
    int hooks = sizes[0];
    int width = sizes[1];
    int features = sizes[2];
    Shape decoder = file.info(DECODER).shape();
    if (decoder.rank() == 3 && decoder.size(0) != hooks) {
      throw tensors.refused(
          ENCODER,
          "reads %d hook points, of %d that are reconstructed".formatted(hooks, decoder.size(0)),
          "give a crosscoder that reads all hook points that it reconstructs");
    }
    SequencedMap<String, TensorData> buffers = new LinkedHashMap<>();
    Norm norm = norm(file, tensors, buffers);
    if (required.contains(K)) {
      requireOneCode(tensors, norm);
      tensors.positive(K, features);
      buffers.put(K, whole(file, K));
      buffers.put(THRESHOLD, tensors.weight(THRESHOLD).data(THRESHOLD));
    }
    if (required.contains(MEAN)) {
      normaliser(file, tensors, hooks, width, buffers);
    }
    CrosscoderState state =
        new CrosscoderState(
            matrix(tensors.weight(ENCODER, hooks, width, features), hooks * width, features),
            tensors.weight(ENCODER_BIAS, features),
            exchanged(tensors.weight(DECODER, hooks, features, width), hooks, features, width),
            vector(tensors.weight(DECODER_BIAS, hooks, width)),
            hooks,
            buffers);
    for (Weight folded : List.of(state.foldedEncoderBias(), state.foldedDecoderBias())) {
      if (NonFinite.indexIn(folded.values(), 0, folded.values().length) >= 0) {
        throw tensors.refused(
            MEAN, "is too large for biases of float32", "check that the file is not damaged");
      }
    }
    return state;
  }

  private static int[] sizes(TensorFile file, NamedTensors tensors) throws FormatException {
    Shape shape = file.info(ENCODER).shape();
    boolean fits =
        shape.rank() == 3 && shape.elements() > 0 && shape.elements() <= Integer.MAX_VALUE - 8;
    if (!fits) {
      throw tensors.refused(
          ENCODER,
          "has shape %s, expected hook points, their width and features".formatted(shape),
          "give the weights of a crosscoder that an array can hold");
    }
    return Arrays.stream(shape.sizes()).mapToInt(Math::toIntExact).toArray();
  }

  private static Norm norm(
      TensorFile file, NamedTensors tensors, SequencedMap<String, TensorData> buffers)
      throws IOException {
    if (!tensors.has(NORM)) {
      return Norm.CROSSCODER;
    }
    int number = tensors.positive(NORM, Norm.values().length);
    buffers.put(NORM, whole(file, NORM));
    return Norm.of(number);
  }

  /// A whole number, in memory.
  private static TensorData whole(TensorFile file, String name) throws IOException {
    StoredTensor tensor = file.tensor(name);
    return TensorData.longs(name, tensor.longs()).as(tensor.dtype());
  }

  /// Where features are compared with a threshold, n decides which codes there are.
  private static void requireOneCode(NamedTensors tensors, Norm norm) throws FormatException {
    if (norm == Norm.DECOUPLED) {
      throw tensors.refused(
          NORM,
          "is DECOUPLED: each hook point has codes of its own",
          "give a crosscoder of one code");
    }
    if (norm == Norm.MIXED) {
      throw tensors.refused(
          NORM,
          "is MIXED, whose weights are not in the file, and codes depend on them",
          "give a crosscoder with another code normalization");
    }
  }

  /// Reads the normaliser, if it is one.
  private static void normaliser(
      TensorFile file,
      NamedTensors tensors,
      int hooks,
      int width,
      SequencedMap<String, TensorData> buffers)
      throws IOException {
    buffers.put(TARGET, tensors.weight(TARGET).data(TARGET));
    boolean none = false;
    for (String each : List.of(MEAN, DEVIATION)) {
      StoredTensor tensor = file.tensor(each).withFloats().withShape(hooks, width);
      none |= Arrays.stream(tensor.doubles()).anyMatch(Double::isNaN);
    }
    Weight scales = tensors.weight(SCALE, hooks);
    if (none) {
      return;
    }
    for (float scale : scales.values()) {
      if (!Units.isScale(scale)) {
        throw tensors.refused(
            SCALE, "has a scale of " + scale, "it must be positive and have an inverse");
      }
    }
    buffers.put(MEAN, tensors.weight(MEAN, hooks, width).data(MEAN));
    buffers.put(DEVIATION, tensors.weight(DEVIATION, hooks, width).data(DEVIATION));
    buffers.put(SCALE, scales.data(SCALE));
  }

  private static Weight matrix(Weight weight, int rows, int columns) {
    return new Weight(weight.dtype(), Shape.of(rows, columns), weight.values());
  }

  private static Weight vector(Weight weight) {
    return new Weight(weight.dtype(), Shape.of(weight.values().length), weight.values());
  }

  /// A×B×D as B×(A·D): L×F×D with the hook points side by side, or the other way round.
  private static Weight exchanged(Weight weight, int a, int b, int width) {
    float[] from = weight.values();
    float[] to = new float[from.length];
    for (int i = 0; i < a; i++) {
      for (int j = 0; j < b; j++) {
        System.arraycopy(from, (i * b + j) * width, to, (j * a + i) * width, width);
      }
    }
    return new Weight(weight.dtype(), Shape.of(b, (long) a * width), to);
  }

  private TensorData decoderByHook() {
    float[] values = exchanged(decoder, features(), hooks, width()).values();
    return TensorData.floats(DECODER, values, hooks, features(), width()).as(decoder.dtype());
  }

  /// D.
  int width() {
    return encoder.rows() / hooks;
  }

  /// F.
  int features() {
    return encoder.columns();
  }

  /// n.
  Norm norm() {
    TensorData number = buffers.get(NORM);
    return number == null ? Norm.CROSSCODER : Norm.of((int) number.doubles()[0]);
  }

  /// Active features a token on average; empty for a crosscoder that has all above 0.
  Optional<Integer> k() {
    return Optional.ofNullable(buffers.get(K)).map(k -> (int) k.doubles()[0]);
  }

  private boolean normalises() {
    return buffers.containsKey(MEAN);
  }

  private double[] scales(float added) {
    double[] scales = new double[hooks];
    Arrays.fill(scales, 1);
    TensorData stored = buffers.get(SCALE);
    if (stored != null) {
      double[] numbers = stored.doubles();
      Arrays.setAll(scales, hook -> (float) numbers[hook] + added);
    }
    return scales;
  }

  /// b − Σ mean·g·W_enc, F.
  private Weight foldedEncoderBias() {
    TensorData stored = buffers.get(MEAN);
    if (stored == null) {
      return encoderBias;
    }
    double[] mean = stored.doubles();
    double[] scales = scales(0);
    double[] shiftF = new double[features()];
    for (int row = 0; row < mean.length; row++) {
      for (int f = 0; f < shiftF.length; f++) {
        shiftF[f] += mean[row] * scales[row / width()] * encoder.at(row, f);
      }
    }
    return encoderBias.with((bias, one, f) -> bias - shiftF[f]);
  }

  /// b + mean·(g + 1e-8), L·D.
  private Weight foldedDecoderBias() {
    TensorData stored = buffers.get(MEAN);
    if (stored == null) {
      return decoderBias;
    }
    double[] mean = stored.doubles();
    double[] scales = scales(NEXT_TO_NOTHING);
    return decoderBias.with((bias, one, row) -> bias + mean[row] * scales[row / width()]);
  }

  /// threshold/n, F. A feature without decoder vectors has f·n = 0 and is never above a threshold
  /// of 0 or more.
  private Weight thresholds(double threshold) {
    boolean addsUp = norm() == Norm.CROSSCODER;
    double[] normsF = new double[features()];
    for (int f = 0; f < normsF.length; f++) {
      double squares = 0;
      for (int l = 0; l < hooks; l++) {
        double ofHook = 0;
        for (int d = l * width(); d < (l + 1) * width(); d++) {
          ofHook += decoder.at(f, d) * decoder.at(f, d);
        }
        squares += ofHook;
        normsF[f] += Math.sqrt(ofHook);
      }
      normsF[f] = addsUp ? normsF[f] : Math.sqrt(squares);
    }
    return Weight.constant(0, features())
        .with(
            (zero, one, f) ->
                threshold < 0
                    ? Math.max(-Float.MAX_VALUE, threshold / Math.max(normsF[f], Float.MIN_NORMAL))
                    : normsF[f] == 0
                        ? Float.MAX_VALUE
                        : Math.min(Float.MAX_VALUE, threshold / normsF[f]));
  }

  /// The same crosscoder in the neutral form.
  ///
  /// @param config of the file
  SaeWeights weights(ObjectNode config) {
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    tensors.put("W_enc", encoder);
    tensors.put("b_enc", foldedEncoderBias());
    tensors.put("W_dec", decoder);
    tensors.put("b_dec", foldedDecoderBias());
    SequencedMap<String, TensorData> further = new LinkedHashMap<>(buffers);
    Activation activation = new Activation.Relu();
    TensorData threshold = buffers.get(THRESHOLD);
    if (threshold != null && norm() == Norm.NONE) {
      activation = new Activation.BatchTopK(k().orElseThrow());
      tensors.put("threshold", weight(threshold));
      further.remove(K);
      further.remove(THRESHOLD);
    } else if (threshold != null) {
      activation = new Activation.JumpRelu();
      tensors.put("threshold", thresholds(threshold.doubles()[0]));
    }
    if (normalises()) {
      further.put(ENCODER_BIAS + UNFOLDED, encoderBias.data(ENCODER_BIAS));
      further.put(DECODER_BIAS + UNFOLDED, decoderBias.data(DECODER_BIAS));
    }
    Units units =
        new Units(
            Arrays.stream(scales(0)).boxed().toList(),
            Arrays.stream(scales(normalises() ? NEXT_TO_NOTHING : 0)).boxed().toList(),
            Normalisation.NONE);
    boolean old = threshold != null && !buffers.containsKey(NORM);
    return SaeWeights.builder(activation, tensors)
        .architecture("crosscoder")
        .hooks(Hooks.reconstructing(Collections.nCopies(hooks, width())))
        .units(units)
        .source(
            new Source(
                DictionaryLearningCrosscoder.NAME,
                config,
                further,
                old
                    ? List.of(
                        "codes are compared times the sum of decoder norms: the file is older than"
                            + " code_normalization_id, and dictionary_learning takes that")
                    : List.of()))
        .build();
  }

  /// What weights were read from, if it was such a file; whether they have changed since is to be
  /// seen by [#weights].
  static Optional<CrosscoderState> before(SaeWeights weights) {
    Map<String, TensorData> kept = weights.source().tensorsFor(DictionaryLearningCrosscoder.NAME);
    if (!weights.source().format().equals(DictionaryLearningCrosscoder.NAME)) {
      return Optional.empty();
    }
    SequencedMap<String, TensorData> buffers = new LinkedHashMap<>(kept);
    TensorData encoderBias = buffers.remove(ENCODER_BIAS + UNFOLDED);
    TensorData decoderBias = buffers.remove(DECODER_BIAS + UNFOLDED);
    if (weights.activation() instanceof Activation.BatchTopK(int k)) {
      buffers.put(K, TensorData.longs(K, new long[] {k}).as(DType.I32));
      buffers.put(THRESHOLD, weights.tensor("threshold").data(THRESHOLD));
    }
    return Optional.of(
        new CrosscoderState(
            weights.tensor("W_enc"),
            encoderBias == null ? weights.tensor("b_enc") : weight(encoderBias),
            weights.tensor("W_dec"),
            decoderBias == null ? weights.tensor("b_dec") : weight(decoderBias),
            weights.hooks().inputs().size(),
            buffers));
  }

  /// Weights that read x as it is, of ReLU or BatchTopK codes that are compared as they are.
  static CrosscoderState of(SaeWeights weights) {
    SequencedMap<String, TensorData> buffers = new LinkedHashMap<>();
    Norm norm = Norm.CROSSCODER;
    if (weights.activation() instanceof Activation.BatchTopK(int k)) {
      norm = Norm.NONE;
      buffers.put(K, TensorData.longs(K, new long[] {k}).as(DType.I32));
      buffers.put(THRESHOLD, weights.tensor("threshold").data(THRESHOLD));
    }
    buffers.put(NORM, TensorData.longs(NORM, new long[] {norm.id}));
    buffers.put(TARGET, TensorData.floats(TARGET, new float[] {1}));
    return new CrosscoderState(
        weights.tensor("W_enc"),
        weights.tensor("b_enc"),
        weights.tensor("W_dec"),
        weights.tensor("b_dec"),
        weights.hooks().inputs().size(),
        buffers);
  }

  /// Everything that the file holds.
  SequencedMap<String, TensorData> tensors() {
    SequencedMap<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(
        ENCODER,
        TensorData.floats(ENCODER, encoder.values(), hooks, width(), features())
            .as(encoder.dtype()));
    tensors.put(ENCODER_BIAS, encoderBias.data(ENCODER_BIAS));
    tensors.put(DECODER, decoderByHook());
    tensors.put(
        DECODER_BIAS,
        TensorData.floats(DECODER_BIAS, decoderBias.values(), hooks, width())
            .as(decoderBias.dtype()));
    tensors.putAll(buffers);
    TensorData target = buffers.get(TARGET);
    if (target != null && !normalises()) {
      DType dtype = target.info().dtype();
      float[] none = new float[hooks * width()];
      Arrays.fill(none, Float.NaN);
      float[] ones = new float[hooks];
      Arrays.fill(ones, 1);
      tensors.put(MEAN, TensorData.floats(MEAN, none, hooks, width()).as(dtype));
      tensors.put(DEVIATION, TensorData.floats(DEVIATION, none, hooks, width()).as(dtype));
      tensors.put(SCALE, TensorData.floats(SCALE, ones, hooks).as(dtype));
    }
    return tensors;
  }

  private static Weight weight(TensorData data) {
    double[] numbers = data.doubles();
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers[i];
    }
    return new Weight(data.info().dtype(), data.info().shape(), values);
  }
}
