// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import sae4j.activations.toy.SparseWorld;
import sae4j.activations.toy.ToyModel;
import sae4j.activations.toy.ToySettings;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// A model of four neurons that learned to hold eight concepts: what the pictures are about. The
/// names of the concepts are ours. Which neurons hold which concept was decided by training.
///
/// @param concepts names of the G concepts
/// @param directionsGD what each concept adds to the activations
/// @param biasG of the model's output
/// @param strengthsBG how strongly each concept is present in the examples of training
/// @param heldOutBG the same of the examples that SAEs are measured on
public record World(
    List<String> concepts,
    Matrix directionsGD,
    Matrix biasG,
    Matrix strengthsBG,
    Matrix heldOutBG) {
  private static final List<String> CONCEPTS =
      List.of(
          "red",
          "sphere",
          "Golden Retriever",
          "Korean text",
          "HTTP request",
          "Golden Gate Bridge",
          "academic citation",
          "English dialogue");
  private static final int NEURONS = 4;
  private static final int EXAMPLES = 256;
  private static final ToySettings SETTINGS =
      new ToySettings(CONCEPTS.size(), NEURONS, 0.15, 1500, EXAMPLES, 0.01, 1);

  /// Copies the list.
  public World {
    concepts = List.copyOf(concepts);
  }

  /// Trains the model.
  public static World learned(Backend backend) {
    ToyModel model = ToyModel.ofEveryFeature(SETTINGS, backend);
    return new World(
        CONCEPTS,
        Matrix.of(CONCEPTS.size(), NEURONS, model.directionsGD()).rounded(2),
        Matrix.of(1, CONCEPTS.size(), model.biasG()).rounded(2),
        examples(2),
        examples(3));
  }

  private static Matrix examples(long seed) {
    float[] strengthsBG =
        new SparseWorld(CONCEPTS.size(), SETTINGS.probability(), seed).draw(EXAMPLES);
    double[] values = new double[strengthsBG.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = strengthsBG[i];
    }
    return Matrix.of(EXAMPLES, CONCEPTS.size(), values).rounded(2);
  }

  /// The activations of the model where concepts are present so strongly.
  ///
  /// @param strengthsBG B×G
  /// @return B×D
  public Tensor activationsBD(Tensor strengthsBG) {
    return strengthsBG.matmul(directionsGD.on(strengthsBG.backend()));
  }

  /// What the model says is present, from its activations: ReLU(h·Wᵀ + b).
  ///
  /// @param activationsBD B×D
  /// @return B×G
  public Tensor outputBG(Tensor activationsBD) {
    Backend backend = activationsBD.backend();
    return activationsBD
        .matmul(directionsGD.on(backend).transpose())
        .plus(biasG.on(backend))
        .relu();
  }

  /// The examples of training in which one of these concepts is present.
  Matrix examplesOf(Set<String> present) {
    List<Double> rows =
        IntStream.range(0, strengthsBG.rows())
            .mapToObj(strengthsBG::row)
            .filter(row -> present.stream().anyMatch(each -> strength(row, each) > 0))
            .flatMap(row -> row.values().stream())
            .toList();
    return new Matrix(rows.size() / concepts.size(), concepts.size(), rows);
  }

  private double strength(Matrix strengthsG, String concept) {
    return strengthsG.values().get(concepts.indexOf(concept));
  }

  /// The strengths of a mixture.
  ///
  /// @param mixture pairs of a concept's name and its strength
  /// @return 1×G
  Matrix strengthsG(Map<String, Double> mixture) {
    double[] strengths = new double[concepts.size()];
    mixture.forEach((concept, strength) -> strengths[concepts.indexOf(concept)] = strength);
    return Matrix.of(1, strengths.length, strengths);
  }
}
