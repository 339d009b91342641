// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.util.ArrayList;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;

/// Documents put together token by token, with an activation for each.
final class Corpus {
  private final List<Document> documents = new ArrayList<>();
  private final List<int[]> tokens = new ArrayList<>();
  private final List<float[]> activations = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private final int width;

  Corpus(int width) {
    this.width = width;
  }

  /// A token, active in one feature.
  Corpus token(String token, int feature, double activation) {
    tokens.add(new int[] {documents.size(), text.length(), text.length() + token.length()});
    float[] row = new float[width];
    row[feature] = (float) activation;
    activations.add(row);
    text.append(token);
    return this;
  }

  /// Tokens in which no feature is active.
  Corpus tokens(String... texts) {
    for (String token : texts) {
      token(token, 0, 0);
    }
    return this;
  }

  /// Text between tokens that the model did not see.
  Corpus gap(String between) {
    text.append(between);
    return this;
  }

  /// Ends the document and begins the next.
  Corpus end() {
    documents.add(new Document("document " + documents.size(), text.toString()));
    text.setLength(0);
    return this;
  }

  int rows() {
    return tokens.size();
  }

  TokensInContext context() {
    int[] zeros = new int[rows()];
    return new TokensInContext(
        new TokenTable(zeros, column(0), column(1), column(2), zeros), documents);
  }

  private int[] column(int index) {
    return tokens.stream().mapToInt(token -> token[index]).toArray();
  }

  ActivationSet activations() {
    float[] rowMajor = new float[rows() * width];
    for (int row = 0; row < rows(); row++) {
      System.arraycopy(activations.get(row), 0, rowMajor, row * width, width);
    }
    return ActivationSet.of(rowMajor, width);
  }

  /// The portraits of the features, each of which stands for a dimension of the activations.
  List<FeaturePortrait> portraits(double[] density, int count) {
    FeatureExamples examples = FeatureExamples.of(Handmade.identity(width), activations(), 50, 16);
    return FeaturePortrait.mostReadable(examples, density, context(), count);
  }
}
