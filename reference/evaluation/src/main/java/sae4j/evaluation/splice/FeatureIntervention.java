// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import sae4j.files.FormatException;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.Intervention;
import sae4j.saes.Normalisation;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Tensor;

/// Changes features of one SAE in the rows of activations that pass through its hook.
///
/// Activations of features that are clamped are read from the rows as they arrive, before any of
/// the changes.
public final class FeatureIntervention implements UnaryOperator<FloatRows> {
  private final Sae sae;
  private final List<FeatureEdit> edits;
  private final List<float[]> decoderVectorsD = new ArrayList<>();

  /// @param edits what to change; changes of one feature add up
  /// @throws IllegalArgumentException if the SAE lacks a feature
  public FeatureIntervention(Sae sae, List<FeatureEdit> edits) {
    this.sae = sae;
    this.edits = List.copyOf(edits);
    Tensor decoderFD = sae.decoderFD();
    for (FeatureEdit edit : edits) {
      if (edit.feature() < 0 || edit.feature() >= sae.dictSize()) {
        throw new IllegalArgumentException(
            "feature %d: the SAE has features 0 to %d"
                .formatted(edit.feature(), sae.dictSize() - 1));
      }
      float[] vectorD = new float[sae.activationDim()];
      decoderFD.readRows(edit.feature(), 1, vectorD);
      decoderVectorsD.add(vectorD);
    }
  }

  /// This change at a hook of a model.
  public Intervention at(HookPoint hook) {
    return new Intervention(hook, this);
  }

  /// Changes every row in place.
  @Override
  public FloatRows apply(FloatRows rowsBD) {
    if (rowsBD.width() != sae.activationDim()) {
      throw new IllegalArgumentException(
          ("the SAE takes activations of width %d, but these have %d; choose the model and "
                  + "hook it was trained on")
              .formatted(sae.activationDim(), rowsBD.width()));
    }
    boolean encodes = edits.stream().anyMatch(FeatureEdit.Clamp.class::isInstance);
    Reconstruction found = encodes ? Reconstruction.of(sae, rowsBD) : null;
    OutputScale ofCodes = OutputScale.of(sae, rowsBD);
    double[][] amountsEB = new double[edits.size()][rowsBD.rows()];
    for (int e = 0; e < amountsEB.length; e++) {
      for (int b = 0; b < rowsBD.rows(); b++) {
        amountsEB[e][b] =
            switch (edits.get(e)) {
              case FeatureEdit.Add(_, double scale) -> scale;
              case FeatureEdit.Clamp(int feature, double value) ->
                  value - (found == null ? 0 : activation(found.codesBF(), b, feature));
            };
      }
    }
    for (int e = 0; e < amountsEB.length; e++) {
      float[] vectorD = decoderVectorsD.get(e);
      OutputScale scale =
          switch (edits.get(e)) {
            case FeatureEdit.Add _ -> ofCodes.sameForAllRows();
            case FeatureEdit.Clamp _ -> ofCodes;
          };
      for (int b = 0; b < rowsBD.rows(); b++) {
        for (int d = 0; d < vectorD.length; d++) {
          int at = b * vectorD.length + d;
          rowsBD.values()[at] += (float) (amountsEB[e][b] * scale.at(b, d) * vectorD[d]);
          if (!Float.isFinite(rowsBD.values()[at])) {
            throw new IllegalArgumentException(
                "feature %d: its change by %s makes an activation %s; take a smaller number"
                    .formatted(edits.get(e).feature(), amountsEB[e][b], rowsBD.values()[at]));
          }
        }
      }
    }
    if (rowsBD.firstTooLong() >= 0) {
      throw new IllegalArgumentException(
          ("features %s: with these changes an activation is so long that its Σ x² is no float32,"
                  + " and the model would read zeros; take smaller numbers")
              .formatted(
                  FormatException.list(
                      edits.stream().map(FeatureEdit::feature).distinct().toList())));
    }
    return rowsBD;
  }

  private static double activation(SparseRows codesBF, int row, int feature) {
    for (int i = codesBF.rowStart()[row]; i < codesBF.rowStart()[row + 1]; i++) {
      if (codesBF.column()[i] == feature) {
        return codesBF.value()[i];
      }
    }
    return 0;
  }

  /// How long one unit of a code is in the activations, see [Sae#outputScale].
  private record OutputScale(boolean ofEachRow, int columns, double[] values) {
    static OutputScale of(Sae sae, FloatRows rowsBD) {
      Tensor scale =
          sae.outputScale(Tensor.of(sae.backend(), rowsBD.rows(), rowsBD.width(), rowsBD.values()));
      return new OutputScale(
          sae.units().normalisation() != Normalisation.NONE, scale.columns(), scale.toDoubles());
    }

    /// Itself; 1 where each row has its own, which a decoder vector as it is knows nothing of.
    OutputScale sameForAllRows() {
      return ofEachRow ? new OutputScale(false, 1, new double[] {1}) : this;
    }

    double at(int row, int column) {
      return values[(ofEachRow ? row : 0) * columns + (columns == 1 ? 0 : column)];
    }
  }
}
