// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import sae4j.saes.Parameter.Role;
import sae4j.tensor.Backend;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Tensor;

/// A sparse autoencoder as it is used: an encoder to codes and a decoder back. What can be trained
/// is a [TrainableSae].
///
/// Rows of activations are as wide as [#hooks] says. Parameters have the names and shapes of
/// SAELens.
public interface Sae {
  /// The name under [Architectures].
  String architecture();

  /// What it reads and what it reconstructs.
  Hooks hooks();

  /// What makes its codes sparse.
  Activation activation();

  /// All tensors that take part in what it computes, in its own [#units].
  List<Parameter> parameters();

  /// How its own numbers relate to the activations that it takes.
  default Units units() {
    return Units.same(hooks());
  }

  /// Whether the encoder takes x − b_dec instead of x.
  default boolean subtractsDecoderBias() {
    return false;
  }

  /// The codes of activations, B×D to B×F.
  Tensor encode(Tensor activationsBD);

  /// What the codes alone say, B×F to B×D_out.
  Tensor decode(Tensor codesBF);

  /// The output for activations whose codes are known, B×D_out: the decoded codes, and what depends
  /// on the input beside them (a transcoder's skip connection, a token's own scale).
  default Tensor reconstruct(Tensor codesBF, Tensor activationsBD) {
    return decode(codesBF);
  }

  /// How long one unit of a code is in the output: a code z adds z·s·w to the output, for the
  /// decoder vector w, with s as B×1, or the same for all rows as 1×1 or 1×D_out.
  ///
  /// @param activationsBD what the codes are of
  default Tensor outputScale(Tensor activationsBD) {
    return Tensor.of(backend(), 1, 1, 1.0);
  }

  /// The output for activations, B×D_out.
  default Tensor reconstruct(Tensor activationsBD) {
    return reconstruct(encode(activationsBD), activationsBD);
  }

  /// The codes of rows of activations.
  ///
  /// @param rowsBD row-major, each as wide as `width` says
  /// @throws IllegalArgumentException if that is not D; it names both
  default SparseRows codes(int rows, int width, float[] rowsBD) {
    Backend backend = backend();
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
    Backend backend = backend();
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

  /// A parameter by its name.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  default Tensor parameter(String name) {
    return parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a %s SAE has no parameter '%s', only %s"
                        .formatted(
                            architecture(),
                            name,
                            parameters().stream().map(Parameter::name).toList())))
        .tensor();
  }

  /// The parameter of a role; empty where this SAE has none.
  default Optional<Tensor> find(Role role) {
    return parameters().stream()
        .filter(parameter -> parameter.role() == role)
        .findFirst()
        .map(Parameter::tensor);
  }

  /// W_enc, D×F; W_decᵀ where the decoder is the encoder.
  default Tensor encoderDF() {
    return find(Role.ENCODER).orElseGet(() -> decoderFD().transpose());
  }

  /// W_dec, F×D_out.
  default Tensor decoderFD() {
    return find(Role.DECODER).orElseThrow();
  }

  /// b_dec, 1×D_out.
  default Tensor decoderBiasD() {
    return find(Role.DECODER_BIAS).orElseThrow();
  }

  /// What computes it.
  default Backend backend() {
    return decoderFD().backend();
  }

  /// D, the width of the activations that are read.
  default int activationDim() {
    return hooks().inputWidth();
  }

  /// The width of what is reconstructed: D, unless this is a transcoder.
  default int outputDim() {
    return hooks().outputWidth();
  }

  /// F, the number of features.
  default int dictSize() {
    return decoderFD().rows();
  }

  /// One line for people: `topk SAE, 1,024 features of activations 256 wide, on vector`. An
  /// interface cannot say what `toString` gives; each implementation here gives this.
  default String inWords() {
    return String.format(
        Locale.ROOT,
        "%s%s, %,d features of activations %,d wide, on %s",
        architecture(),
        hooks().reconstructsInput() ? " SAE" : " to " + outputDim() + " wide",
        dictSize(),
        activationDim(),
        backend().name());
  }
}
