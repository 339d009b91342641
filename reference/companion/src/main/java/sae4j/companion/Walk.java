// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sae4j.article.AutoEncoder;
import sae4j.article.Intervention;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.article.SparseAutoEncoder.ForwardPass;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// The article's lines run in its order on small matrices: what the page shows before a reader
/// moves anything. All weights and inputs have two decimals, so that everything can be checked with
/// a pencil.
///
/// @param world what the pictures are about
/// @param input the activations of a red sphere, 1×D
/// @param autoencoder the first diagram
/// @param sae the second diagram, and the forward pass
/// @param loss of a batch of three tokens
/// @param intervention on the activations of another input
/// @param lab SAEs of several sizes and L1 coefficients
public record Walk(
    World world,
    Matrix input,
    Narrow autoencoder,
    Forward sae,
    Batch loss,
    Steered intervention,
    Lab lab) {
  private static final int DECIMALS = 2;
  private static final int FEATURES = 8;
  private static final Training TRAINING = new Training(600, 0.02, 0.0006, true);
  private static final Map<String, Double> RED_SPHERE = Map.of("red", 0.9, "sphere", 0.6);
  private static final Map<String, Double> REQUEST =
      Map.of("HTTP request", 0.8, "academic citation", 0.5);
  private static final Map<String, Double> DOG = Map.of("Golden Retriever", 1.0);
  private static final double L1_COEFFICIENT = 0.1;
  private static final double SCALE = 1.5;

  /// The autoencoder of 4, 2 and 4 numbers.
  public record Narrow(
      Matrix encoderDH,
      Matrix encoderBiasH,
      Matrix decoderHD,
      Matrix decoderBiasD,
      Matrix compressedH,
      Matrix reconstructedD,
      double loss) {}

  /// A forward pass.
  ///
  /// @param concepts what each feature found, by the direction of its decoder vector
  public record Forward(
      Weights weights,
      List<Match> concepts,
      Matrix encodedRepresentationF,
      Matrix reconstructedModelActivationsD) {}

  /// The loss and its two terms.
  public record Batch(
      Matrix modelActivationsBD, double l1Coefficient, double l2Loss, double l1Loss, double loss) {}

  /// An intervention.
  ///
  /// @param before what the model says is present, 1×G
  /// @param after the same after the intervention
  public record Steered(
      Matrix modelActivationsD,
      int feature,
      double scale,
      Matrix modifiedModelActivationsD,
      Matrix before,
      Matrix after) {}

  /// What the page's own training begins from, and what Java measured.
  ///
  /// @param starts by the size of the dictionary
  /// @param sweep trained from them
  public record Lab(Training training, List<Start> starts, List<Cell> sweep) {
    /// The parameters before training.
    public record Start(int features, Weights weights) {}

    /// An SAE of the sweep.
    public record Cell(int features, double l1Coefficient, Measured measured) {}
  }

  /// Walks.
  ///
  /// @param backend computes; the page's numbers are those of double precision
  public static Walk through(Backend backend) {
    World world = World.learned(backend);
    Matrix input = activations(world, RED_SPHERE, backend);
    Tensor modelActivationsBD = world.activationsBD(world.strengthsBG().on(backend));
    Weights weights =
        TRAINING
            .train(Weights.initial(input.columns(), FEATURES, backend), modelActivationsBD)
            .rounded(DECIMALS);
    return new Walk(
        world,
        input,
        narrow(world, input, backend),
        forward(world, weights, input.on(backend)),
        batch(world, weights, backend),
        steered(world, weights, backend),
        lab(world, modelActivationsBD));
  }

  private static Matrix activations(World world, Map<String, Double> mixture, Backend backend) {
    return Matrix.of(world.activationsBD(world.strengthsG(mixture).on(backend))).rounded(DECIMALS);
  }

  /// Two numbers have room for two concepts: this one learns from the examples in which something
  /// is red or a sphere.
  private static Narrow narrow(World world, Matrix input, Backend backend) {
    Tensor modelActivationsBD =
        world.activationsBD(world.examplesOf(RED_SPHERE.keySet()).on(backend));
    AutoEncoder autoencoder = new AutoEncoder(input.columns(), input.columns() / 2, backend, 0);
    Adam adam = new Adam(autoencoder.parameters(), TRAINING.learningRate());
    for (int step = 0; step < TRAINING.steps(); step++) {
      Tensor loss = autoencoder.calculateLoss(modelActivationsBD);
      adam.zeroGradients();
      loss.backward();
      adam.step();
    }
    List<Matrix> rounded = new ArrayList<>();
    for (Tensor parameter : autoencoder.parameters()) {
      rounded.add(Matrix.of(parameter).rounded(DECIMALS));
      parameter.assign(rounded.getLast().on(backend));
    }
    Tensor compressedH = autoencoder.encode(input.on(backend));
    return new Narrow(
        rounded.get(0),
        rounded.get(1),
        rounded.get(2),
        rounded.get(3),
        Matrix.of(compressedH),
        Matrix.of(autoencoder.decode(compressedH)),
        autoencoder.calculateLoss(input.on(backend)).item());
  }

  private static Forward forward(World world, Weights weights, Tensor modelActivationsD) {
    ForwardPass forwardPass =
        weights.on(modelActivationsD.backend()).forwardPass(modelActivationsD);
    return new Forward(
        weights,
        Match.ofFeatures(world, weights.decoderFD()),
        Matrix.of(forwardPass.encodedRepresentationF()),
        Matrix.of(forwardPass.reconstructedModelActivationsD()));
  }

  private static Batch batch(World world, Weights weights, Backend backend) {
    List<Double> rows = new ArrayList<>();
    List.of(RED_SPHERE, DOG, REQUEST)
        .forEach(mixture -> rows.addAll(activations(world, mixture, backend).values()));
    Matrix modelActivationsBD = new Matrix(3, world.directionsGD().columns(), rows);
    SparseAutoEncoder autoencoder = weights.on(backend);
    double l2Loss = Loss.calculateLoss(autoencoder, modelActivationsBD.on(backend), 0).item();
    double loss =
        Loss.calculateLoss(autoencoder, modelActivationsBD.on(backend), L1_COEFFICIENT).item();
    return new Batch(modelActivationsBD, L1_COEFFICIENT, l2Loss, loss - l2Loss, loss);
  }

  private static Steered steered(World world, Weights weights, Backend backend) {
    Matrix modelActivationsD = activations(world, REQUEST, backend);
    int concept = world.concepts().indexOf("Golden Retriever");
    int feature = Match.ofConcepts(world, weights.decoderFD()).get(concept).index();
    Tensor before = modelActivationsD.on(backend);
    Tensor after =
        Intervention.performIntervention(before, weights.decoderFD().on(backend), feature, SCALE);
    return new Steered(
        modelActivationsD,
        feature,
        SCALE,
        Matrix.of(after),
        Matrix.of(world.outputBG(before)),
        Matrix.of(world.outputBG(after)));
  }

  private static Lab lab(World world, Tensor modelActivationsBD) {
    Backend backend = modelActivationsBD.backend();
    List<Lab.Start> starts = new ArrayList<>();
    List<Lab.Cell> sweep = new ArrayList<>();
    for (int expansion : List.of(1, 2, 4)) {
      int features = expansion * modelActivationsBD.columns();
      Weights start = Weights.initial(modelActivationsBD.columns(), features, backend);
      starts.add(new Lab.Start(features, start));
      for (double l1Coefficient : List.of(0.0, 0.0002, 0.0006, 0.001, 0.002, 0.003, 0.004)) {
        Weights trained = TRAINING.with(l1Coefficient).train(start, modelActivationsBD);
        sweep.add(
            new Lab.Cell(features, l1Coefficient, Measured.of(trained, world, backend).rounded()));
      }
    }
    return new Lab(TRAINING, starts, sweep);
  }
}
