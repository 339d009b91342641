package sae4j.saes.parts;

import java.util.Map;
import java.util.SequencedMap;
import sae4j.saes.Objective;
import sae4j.saes.Sae;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Tensor;

/// An SAE that reads each token normalised by itself, and whose output is brought back to the
/// token's own scale.
///
/// ```
/// z = encode(n(x))          x̂ = n⁻¹(decode(z)), with the shift and scale of x
/// ```
///
/// The codes alone don't tell the token's scale: [#decode] stays in the normalised units, and only
/// [#reconstruct] with the activations at hand returns to those of the model. The objective is
/// taken in normalised units as well, so that every token weighs the same and λ means the same for
/// every model; SAELens takes it in the model's units.
public final class NormalisedSae implements Sae {
  private final Sae sae;
  private final InputNormalisation normalisation;

  /// @param sae reads and reconstructs normalised activations
  /// @param normalisation one that treats each token by itself
  /// @throws IllegalArgumentException if it treats all tokens alike, which belongs into the
  ///     weights, or if input and output differ, so that what was done to the one cannot be undone
  ///     on the other
  public NormalisedSae(Sae sae, InputNormalisation normalisation) {
    if (!normalisation.perToken()) {
      throw new IllegalArgumentException(
          "normalisation %s treats all tokens alike: fold it into the weights"
              .formatted(normalisation.label()));
    }
    if (sae.activationDim() != sae.outputDim()) {
      throw new IllegalArgumentException(
          "normalisation %s is undone on the output, but the %s SAE reads %d and writes %d numbers"
              .formatted(
                  normalisation.label(), sae.architecture(), sae.activationDim(), sae.outputDim()));
    }
    this.sae = sae;
    this.normalisation = normalisation;
  }

  /// The SAE within, which knows normalised activations only.
  public Sae inner() {
    return sae;
  }

  /// What is done to each token.
  public InputNormalisation normalisation() {
    return normalisation;
  }

  @Override
  public String architecture() {
    return sae.architecture();
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    return sae.parameters();
  }

  @Override
  public Map<String, Tensor> buffers() {
    return sae.buffers();
  }

  @Override
  public boolean subtractsDecoderBias() {
    return sae.subtractsDecoderBias();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return sae.encode(normalisation.normalise(activationsBD).normalisedBD());
  }

  /// What the codes alone say, in normalised units.
  @Override
  public Tensor decode(Tensor codesBF) {
    return sae.decode(codesBF);
  }

  /// The output in the units of the activations, which tell shift and scale.
  @Override
  public Tensor reconstruct(Tensor codesBF, Tensor activationsBD) {
    InputNormalisation.Normalised normalised = normalisation.normalise(activationsBD);
    return normalised.undo(sae.reconstruct(codesBF, normalised.normalisedBD()));
  }

  /// The objective of the SAE within on normalised activations and targets; the reconstruction is
  /// that of [#reconstruct].
  @Override
  public Objective objective(TrainingBatch batch) {
    InputNormalisation.Normalised normalised = normalisation.normalise(batch.activationsBD());
    Objective inner = sae.objective(within(batch, normalised));
    return new Objective(
        inner.loss(),
        inner.l2Loss(),
        inner.sparsityLoss(),
        inner.codesBF(),
        normalised.undo(inner.reconstructionBD()));
  }

  @Override
  public void updateBuffers(Objective objective, TrainingBatch batch) {
    sae.updateBuffers(objective, within(batch, normalisation.normalise(batch.activationsBD())));
  }

  private static TrainingBatch within(
      TrainingBatch batch, InputNormalisation.Normalised normalised) {
    Tensor targetsBD =
        batch.targetsBD() == batch.activationsBD()
            ? normalised.normalisedBD()
            : normalised.apply(batch.targetsBD());
    return new TrainingBatch(
        normalised.normalisedBD(),
        targetsBD,
        batch.sparsityCoefficient(),
        batch.deadF(),
        batch.deadCount(),
        batch.step(),
        batch.steps());
  }
}
