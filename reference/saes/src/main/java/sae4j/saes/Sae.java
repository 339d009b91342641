package sae4j.saes;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import sae4j.tensor.Backend;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Tensor;

/// A sparse autoencoder: an encoder to codes, a decoder back, and the objective it is trained on.
/// Parameters have the names and shapes of SAELens: `W_enc` D×F, `b_enc` 1×F, `W_dec` F×D, `b_dec`
/// 1×D, and what an architecture adds. A transcoder reads one place of the model and predicts
/// another, whose width may differ; for all others input and output are the same.
public interface Sae {
  /// The name under [Architectures], which is also the one in files.
  String architecture();

  /// What the optimiser moves, by name.
  SequencedMap<String, Tensor> parameters();

  /// What training moves without a gradient, by name: a running threshold. Kept in checkpoints.
  default Map<String, Tensor> buffers() {
    return Map.of();
  }

  /// The codes of activations, B×D to B×F, as they are used after training.
  Tensor encode(Tensor activationsBD);

  /// The codes of rows of activations.
  ///
  /// @param rowsBD row-major, each as wide as `width` says
  /// @throws IllegalArgumentException if that is not D; it names both
  default SparseRows codes(int rows, int width, float[] rowsBD) {
    Backend backend = parameter("W_dec").backend();
    return backend
        .compute(() -> List.of(encode(Tensor.of(backend, rows, width, rowsBD)).detach()))
        .getFirst()
        .toSparseRows();
  }

  /// The codes of rows of activations, and what is reconstructed from them.
  ///
  /// @param rowsBD row-major, each as wide as `width` says
  /// @throws IllegalArgumentException if that is not D; it names both
  default Pass pass(int rows, int width, float[] rowsBD) {
    Backend backend = parameter("W_dec").backend();
    List<Tensor> results =
        backend.compute(
            () -> {
              Tensor activationsBD = Tensor.of(backend, rows, width, rowsBD);
              Tensor codesBF = encode(activationsBD).detach();
              return List.of(codesBF, reconstruct(codesBF, activationsBD));
            });
    return new Pass(results.getFirst(), results.getLast());
  }

  /// What an SAE makes of rows of activations.
  record Pass(Tensor codesBF, Tensor reconstructionBD) {}

  /// What the codes alone say, B×F to B×D.
  Tensor decode(Tensor codesBF);

  /// The output for activations whose codes are known, B×D: the decoded codes, and what an
  /// architecture adds that depends on the input (a transcoder's skip connection).
  default Tensor reconstruct(Tensor codesBF, Tensor activationsBD) {
    return decode(codesBF);
  }

  /// The output for activations, B×D.
  default Tensor reconstruct(Tensor activationsBD) {
    return reconstruct(encode(activationsBD), activationsBD);
  }

  /// What training minimises, on one batch.
  Objective objective(TrainingBatch batch);

  /// Moves the [#buffers] and keeps parameters where they may be, after the optimiser's update;
  /// part of the step, so it may not read a result.
  default void updateBuffers(Objective objective, TrainingBatch batch) {}

  /// Whether the encoder takes x − b_dec instead of x.
  default boolean subtractsDecoderBias() {
    return false;
  }

  /// A parameter that every SAE or this architecture has.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  default Tensor parameter(String name) {
    Tensor parameter = parameters().get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(
          "a %s SAE has no parameter '%s', only %s"
              .formatted(architecture(), name, parameters().keySet()));
    }
    return parameter;
  }

  /// D, the width of the activations that are read.
  default int activationDim() {
    return parameter("W_enc").rows();
  }

  /// The width of what is reconstructed: D, unless this is a transcoder.
  default int outputDim() {
    return parameter("W_dec").columns();
  }

  /// F, the number of features.
  default int dictSize() {
    return parameter("W_dec").rows();
  }
}
