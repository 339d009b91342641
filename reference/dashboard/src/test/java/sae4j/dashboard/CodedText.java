// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;
import sae4j.article.SparseAutoEncoder;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.evaluation.TokensInContext;
import sae4j.saes.Sae;
import sae4j.saes.architectures.ReluSae;
import sae4j.tensor.SparseRows;

/// A text made of random words with random codes, dense in memory.
///
/// @param codesTF T×F, row-major
/// @param features F
/// @param text what the rows stand for
record CodedText(float[] codesTF, int features, TokensInContext text) {
  /// Documents of 40 tokens ` w0 w7 …`.
  static CodedText random(long seed, int tokens, int features, double density) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] codes = new float[tokens * features];
    for (int i = 0; i < codes.length; i++) {
      // Few different values, so that there are ties.
      codes[i] = random.nextDouble() < density ? 0.25f * (1 + random.nextInt(20)) : 0;
    }
    int[][] columns = new int[5][tokens];
    List<Document> documents = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int t = 0; t < tokens; t++) {
      columns[0][t] = random.nextInt(9);
      columns[1][t] = documents.size();
      columns[2][t] = text.length();
      text.append(" w").append(columns[0][t]);
      columns[3][t] = text.length();
      columns[4][t] = t % 16;
      if (t % 40 == 39 || t == tokens - 1) {
        documents.add(new Document("document " + documents.size(), text.toString()));
        text.setLength(0);
      }
    }
    return new CodedText(
        codes,
        features,
        new TokensInContext(
            new TokenTable(columns[0], columns[1], columns[2], columns[3], columns[4]), documents));
  }

  int tokens() {
    return codesTF.length / features;
  }

  float at(int token, int feature) {
    return codesTF[token * features + feature];
  }

  /// The codes as an encoder hands them out, some rows at a time.
  StoredCodes stored(Path folder, int batch) {
    try (StoredCodes.Writer writer = new StoredCodes.Writer(features, folder)) {
      for (int first = 0; first < tokens(); first += batch) {
        writer.add(sparse(first, Math.min(batch, tokens() - first)));
      }
      return writer.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SparseRows sparse(int first, int count) {
    int[] start = new int[count + 1];
    int[] column = new int[count * features];
    float[] value = new float[count * features];
    int n = 0;
    for (int r = 0; r < count; r++) {
      for (int f = 0; f < features; f++) {
        if (at(first + r, f) != 0) {
          column[n] = f;
          value[n++] = at(first + r, f);
        }
      }
      start[r + 1] = n;
    }
    return new SparseRows(
        count, features, start, Arrays.copyOf(column, n), Arrays.copyOf(value, n));
  }

  /// An SAE with as many features; its weights are random.
  Sae sae(int width) {
    return new ReluSae(new SparseAutoEncoder(width, features, new EjmlBackend(), 3));
  }

  Dashboard dashboard(Path folder, Plan plan) {
    try {
      return new Dashboard(sae(6), stored(folder, 64), text, null, plan, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
