// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.parts.Activation;
import sae4j.backends.onnxruntime.families.parts.Attention;
import sae4j.backends.onnxruntime.families.parts.Block;
import sae4j.backends.onnxruntime.families.parts.Embedding;
import sae4j.backends.onnxruntime.families.parts.Head;
import sae4j.backends.onnxruntime.families.parts.Linear;
import sae4j.backends.onnxruntime.families.parts.Mask;
import sae4j.backends.onnxruntime.families.parts.Mlp;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.Projections;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;

/// A family that no file of ours names: a class here, and a line in `META-INF/services` beside the
/// tests. It bounds the scores, narrows the mask and shifts the gain of its norm, as Gemma 2 does.
class NewFamilyTest {
  private static final int WIDTH = 4;
  private static final int HIDDEN = 3;
  private static final int HEADS = 2;
  private static final int HEAD_WIDTH = 2;
  private static final int VOCABULARY = 7;
  private static final int WINDOW = 2;
  private static final double CAP = 0.5;
  private static final double SCALE = 0.9;
  private static final double EPSILON = 1e-6;
  private static final long[] IDS = {3, 1, 4, 1, 6};

  @TempDir private Path folder;

  private final SplittableRandom random = new SplittableRandom(1);
  private final float[] embedding = normal(VOCABULARY * WIDTH);
  private final float[] gain = normal(WIDTH);
  private final float[] queries = normal(HEADS * HEAD_WIDTH * WIDTH);
  private final float[] keys = normal(HEAD_WIDTH * WIDTH);
  private final float[] values = normal(HEAD_WIDTH * WIDTH);
  private final float[] out = normal(WIDTH * WIDTH);
  private final float[] wide = normal(HIDDEN * WIDTH);
  private final float[] narrow = normal(WIDTH * HIDDEN);

  private float[] normal(int count) {
    float[] drawn = new float[count];
    for (int i = 0; i < count; i++) {
      drawn[i] = (float) random.nextGaussian();
    }
    return drawn;
  }

  /// One block with bounded scores, in which a token sees itself and the one before it. Both heads
  /// share keys and values.
  public static final class Bounded implements ModelFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("bounded");
    }

    @Override
    public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
      TransformerSizes sizes = TransformerSizes.of(config);
      Norm norm = new Norm(Norm.Kind.RMS_OF_ONE_PLUS_WEIGHT, "norm", WIDTH, EPSILON);
      Attention attention =
          Attention.of(
                  new Projections.Separate(
                      Linear.of("q", WIDTH, WIDTH, false),
                      Linear.of("k", WIDTH, HEAD_WIDTH, false),
                      Linear.of("v", WIDTH, HEAD_WIDTH, false)),
                  SCALE,
                  Linear.of("o", WIDTH, WIDTH, false))
              .capped(CAP)
              .masked(new Mask.Window(WINDOW));
      Mlp mlp =
          new Mlp.Plain(
              Linear.of("in", WIDTH, HIDDEN, false),
              Activation.RELU,
              Linear.of("out", HIDDEN, WIDTH, false));
      return Transformer.of(
          "bounded",
          sizes,
          Embedding.of("embed.weight"),
          _ -> Block.usual(norm, attention, norm, mlp),
          norm,
          new Head("", true, false, 1, 0));
    }
  }

  @Test
  void scores_mask_and_norm_are_the_familys_own() throws IOException, OrtException {
    byte[] json =
        """
        {"model_type": "bounded", "num_hidden_layers": 1, "hidden_size": 4, "intermediate_size": 3,
         "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 2,
         "max_position_embeddings": 8, "vocab_size": 7}
        """
            .getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve("model.safetensors");
    Safetensors.write(
        file,
        Map.of(),
        List.of(
            TensorData.floats("embed.weight", embedding, VOCABULARY, WIDTH),
            TensorData.floats("norm.weight", gain, WIDTH),
            TensorData.floats("q.weight", queries, WIDTH, WIDTH),
            TensorData.floats("k.weight", keys, HEAD_WIDTH, WIDTH),
            TensorData.floats("v.weight", values, HEAD_WIDTH, WIDTH),
            TensorData.floats("o.weight", out, WIDTH, WIDTH),
            TensorData.floats("in.weight", wide, HIDDEN, WIDTH),
            TensorData.floats("out.weight", narrow, WIDTH, HIDDEN)));
    LanguageGraph language =
        ModelFamilies.write(
            ModelConfig.parse(folder.resolve("config.json"), json),
            ModelWeights.inMemory("bounded", Files.readAllBytes(file)),
            false);
    assertThat(language.contextLength()).isEqualTo(8);

    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session =
            environment.createSession(
                OnnxWriter.encode(
                    language
                        .model()
                        .with(language.model().graph().between(Map.of(), List.of("logits"))),
                    folder));
        OnnxTensor ids = OnnxTensor.createTensor(environment, new long[][] {IDS})) {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      for (String input : session.getInputNames()) {
        inputs.put(input, ids);
      }
      try (OrtSession.Result result = session.run(inputs)) {
        float[][] logits = ((float[][][]) result.get(0).getValue())[0];
        double[][] expected = expected();
        for (int token = 0; token < IDS.length; token++) {
          for (int id = 0; id < VOCABULARY; id++) {
            assertThat((double) logits[token][id]).isCloseTo(expected[token][id], within(1e-5));
          }
        }
      }
    }
  }

  /// The same, number by number.
  private double[][] expected() {
    int tokens = IDS.length;
    double[][] stream = new double[tokens][WIDTH];
    double[][] normed = new double[tokens][];
    for (int t = 0; t < tokens; t++) {
      for (int d = 0; d < WIDTH; d++) {
        stream[t][d] = embedding[(int) IDS[t] * WIDTH + d];
      }
      normed[t] = normed(stream[t]);
    }
    double[][] logits = new double[tokens][VOCABULARY];
    for (int t = 0; t < tokens; t++) {
      double[] z = new double[WIDTH];
      for (int head = 0; head < HEADS; head++) {
        double sum = 0;
        double[] mixed = new double[HEAD_WIDTH];
        for (int s = Math.max(0, t - WINDOW + 1); s <= t; s++) {
          double dot = 0;
          for (int w = 0; w < HEAD_WIDTH; w++) {
            dot += row(queries, head * HEAD_WIDTH + w, normed[t]) * row(keys, w, normed[s]);
          }
          double weight = Math.exp(CAP * Math.tanh(SCALE * dot / CAP));
          sum += weight;
          for (int w = 0; w < HEAD_WIDTH; w++) {
            mixed[w] += weight * row(values, w, normed[s]);
          }
        }
        for (int w = 0; w < HEAD_WIDTH; w++) {
          z[head * HEAD_WIDTH + w] = mixed[w] / sum;
        }
      }
      double[] middle = added(stream[t], out, z);
      double[] read = normed(middle);
      double[] active = new double[HIDDEN];
      for (int h = 0; h < HIDDEN; h++) {
        active[h] = Math.max(0, row(wide, h, read));
      }
      double[] end = normed(added(middle, narrow, active));
      for (int id = 0; id < VOCABULARY; id++) {
        logits[t][id] = row(embedding, id, end);
      }
    }
    return logits;
  }

  private double[] normed(double... x) {
    double square = 0;
    for (double value : x) {
      square += value * value / WIDTH;
    }
    double[] normed = new double[WIDTH];
    for (int d = 0; d < WIDTH; d++) {
      normed[d] = x[d] / Math.sqrt(square + EPSILON) * (1 + gain[d]);
    }
    return normed;
  }

  private static double[] added(double[] to, float[] matrix, double... x) {
    double[] sum = to.clone();
    for (int d = 0; d < sum.length; d++) {
      sum[d] += row(matrix, d, x);
    }
    return sum;
  }

  private static double row(float[] matrix, int row, double[] x) {
    double sum = 0;
    for (int d = 0; d < x.length; d++) {
      sum += matrix[row * x.length + d] * x[d];
    }
    return sum;
  }
}
