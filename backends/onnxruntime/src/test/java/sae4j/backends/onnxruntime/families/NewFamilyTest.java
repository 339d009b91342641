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
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.models.HookPoint.Site;

/// A family that bends the scores, narrows the mask and shifts the gain of its norm, as Gemma 2
/// does, needs no change of [TransformerGraph].
class NewFamilyTest {
  private static final int WIDTH = 4;
  private static final int HEADS = 2;
  private static final int HEAD_WIDTH = 2;
  private static final int VOCABULARY = 7;
  private static final int WINDOW = 2;
  private static final float CAP = 0.5f;
  private static final float SCALE = 0.9f;
  private static final double EPSILON = 1e-6;
  private static final long[] IDS = {3, 1, 4, 1, 6};

  @TempDir private Path folder;

  private final SplittableRandom random = new SplittableRandom(1);
  private final float[] embedding = normal(VOCABULARY * WIDTH);
  private final float[] gain = normal(WIDTH);
  private final float[] queries = normal(HEADS * HEAD_WIDTH * WIDTH);
  private final float[] keys = normal(HEAD_WIDTH * WIDTH);
  private final float[] values = normal(HEAD_WIDTH * WIDTH);

  private float[] normal(int count) {
    float[] drawn = new float[count];
    for (int i = 0; i < count; i++) {
      drawn[i] = (float) random.nextGaussian();
    }
    return drawn;
  }

  /// One layer of attention with soft-capped scores, in which a token sees itself and the one
  /// before it. Both heads share keys and values.
  private static final class Capped implements ModelFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("capped");
    }

    @Override
    public LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
        throws FormatException {
      TransformerSizes sizes = TransformerSizes.of(config);
      TransformerGraph t = new TransformerGraph(weights, sizes, cached);
      GraphBuilder graph = t.graph();
      String embedding = t.weight("embed", sizes.vocabulary(), sizes.width());
      String residual = t.hook(0, Site.RESID_PRE, graph.op("Gather", "x", embedding, "input_ids"));
      String shifted = graph.op("Add", "gain", t.weight("norm", sizes.width()), graph.scalar(1f));
      String normed = graph.op("Mul", "ln", t.dividedByRms("ln", residual, EPSILON), shifted);
      TransformerGraph.Heads heads =
          t.heads(
              "z",
              0,
              t.splitHeads("q", t.linear("q.flat", normed, "q", WIDTH, WIDTH, false), HEADS),
              t.splitHeads("k", t.linear("k.flat", normed, "k", WIDTH, HEAD_WIDTH, false), 1),
              t.splitHeads("v", t.linear("v.flat", normed, "v", WIDTH, HEAD_WIDTH, false), 1));
      String cap = graph.scalar(CAP);
      String ratio = graph.op("Div", "ratio", t.scores("z", heads, SCALE), cap);
      String capped = graph.op("Mul", "capped", graph.op("Tanh", "bent", ratio), cap);
      String distance = graph.op("Sub", "distance", "query_positions", "key_positions");
      String near = graph.op("Less", "near", distance, graph.scalar((long) WINDOW));
      String mask = graph.op("Where", "local", near, "mask", graph.scalar(-Float.MAX_VALUE));
      graph.matMulTransposed("logits", t.mixed("z", capped, mask, heads), embedding, 1);
      return t.build("capped");
    }
  }

  @Test
  void scores_mask_and_norm_are_the_familys_own() throws IOException, OrtException {
    byte[] json =
        """
        {"model_type": "capped", "num_hidden_layers": 1, "hidden_size": 4, "intermediate_size": 4,
         "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 2,
         "max_position_embeddings": 8, "vocab_size": 7}
        """
            .getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve("model.safetensors");
    Safetensors.write(
        file,
        Map.of(),
        List.of(
            TensorData.floats("embed", embedding, VOCABULARY, WIDTH),
            TensorData.floats("norm", gain, WIDTH),
            TensorData.floats("q.weight", queries, WIDTH, WIDTH),
            TensorData.floats("k.weight", keys, HEAD_WIDTH, WIDTH),
            TensorData.floats("v.weight", values, HEAD_WIDTH, WIDTH)));
    LanguageGraph language =
        new Capped()
            .write(
                ModelConfig.parse(folder.resolve("config.json"), json),
                ModelWeights.inMemory("capped", Files.readAllBytes(file)),
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
    double[][] normed = new double[tokens][WIDTH];
    for (int t = 0; t < tokens; t++) {
      double square = 0;
      for (int d = 0; d < WIDTH; d++) {
        square += Math.pow(embedding[(int) IDS[t] * WIDTH + d], 2) / WIDTH;
      }
      for (int d = 0; d < WIDTH; d++) {
        normed[t][d] =
            embedding[(int) IDS[t] * WIDTH + d] / Math.sqrt(square + EPSILON) * (1 + gain[d]);
      }
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
      for (int id = 0; id < VOCABULARY; id++) {
        logits[t][id] = row(embedding, id, z);
      }
    }
    return logits;
  }

  private static double row(float[] matrix, int row, double[] x) {
    double sum = 0;
    for (int d = 0; d < x.length; d++) {
      sum += matrix[row * x.length + d] * x[d];
    }
    return sum;
  }
}
