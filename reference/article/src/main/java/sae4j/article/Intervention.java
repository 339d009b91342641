package sae4j.article;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import sae4j.tensor.Tensor;

/// The causal intervention: a feature's decoder vector is added to the model's activations.
public final class Intervention {
  private Intervention() {}

  /// @param feature the article's 317
  public static Tensor performIntervention(
      Tensor modelActivationsD, Tensor decoderFD, int feature, double scale) {
    Tensor interventionVectorD = decoderFD.row(feature);
    Tensor scaledInterventionVectorD = interventionVectorD.times(scale);
    Tensor modifiedModelActivationsD = modelActivationsD.plus(scaledInterventionVectorD);
    return modifiedModelActivationsD;
  }

  /// A feature of the SAE trained at one layer, and how strongly to add it.
  public record AtLayer(Tensor decoderFD, int feature, double scale) {}

  /// "Interventions can also be performed simultaneously on multiple layers" (footnote 3), each with the SAE that was
  /// trained on that layer. Layers without an intervention stay as they are.
  public static SequencedMap<Integer, Tensor> performIntervention(
      SequencedMap<Integer, Tensor> modelActivationsDByLayer, Map<Integer, AtLayer> interventionByLayer) {
    SequencedMap<Integer, Tensor> modifiedModelActivationsDByLayer = new LinkedHashMap<>(modelActivationsDByLayer);
    interventionByLayer.forEach(
        (layer, at) -> {
          Tensor modelActivationsD =
              requireNonNull(modelActivationsDByLayer.get(layer), () -> "no model activations at layer " + layer);
          modifiedModelActivationsDByLayer.put(
              layer, performIntervention(modelActivationsD, at.decoderFD, at.feature, at.scale));
        });
    return modifiedModelActivationsDByLayer;
  }
}
