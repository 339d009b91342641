// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import sae4j.activations.ActivationSet;
import sae4j.activations.text.DocumentSource;
import sae4j.files.Fingerprint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.Activation;
import sae4j.saes.Parameter;
import sae4j.saes.Sae;
import sae4j.tensor.Tensor;

/// What a result was computed from, for `--json`: where each input was, and the sum by which it is
/// known again ([Fingerprint]).
public final class Inputs {
  private final ObjectNode all = Json.object();

  /// Of an SAE alone.
  ///
  /// @param path its folder or file
  public Inputs(Path path, Sae sae) {
    all.putObject("sae").put("path", absolute(path)).put("sum", sum(sae));
  }

  /// The sum of what decides what an SAE computes: how its codes are made, its units and its
  /// parameters, whatever else is in its folder.
  public static String sum(Sae sae) {
    List<String> sums = new ArrayList<>();
    sums.add(sae.architecture());
    sums.add(codes(sae.activation()));
    sums.add(Boolean.toString(sae.subtractsDecoderBias()));
    sums.add(sae.hooks().toString());
    sums.add(sae.units().toString());
    for (Parameter parameter : sae.parameters()) {
      Tensor tensor = parameter.tensor();
      float[] row = new float[tensor.columns()];
      sums.add(parameter.name());
      sums.add(
          Fingerprint.ofRows(
              tensor.rows(),
              number -> {
                tensor.readRows(Math.toIntExact(number), 1, row);
                return row;
              }));
    }
    return Fingerprint.ofTexts(sums);
  }

  private static String codes(Activation activation) {
    return switch (activation) {
      case Activation.Own own -> new TreeMap<>(own.settings()).toString();
      case Activation.Relu _,
          Activation.TopK _,
          Activation.SignedTopK _,
          Activation.AbsTopK _,
          Activation.BatchTopK _,
          Activation.Matryoshka _,
          Activation.JumpRelu _,
          Activation.Gated _ ->
          activation.toString();
    };
  }

  /// Adds stored activations.
  ///
  /// @param path their file or folder
  public Inputs with(Path path, ActivationSet activations) {
    all.putObject("activations")
        .put("path", absolute(path))
        .put("rows", activations.rows())
        .put("width", activations.width())
        .put("sum", Fingerprint.ofRows(activations.rows(), row -> activations.block(row, 1)));
    return this;
  }

  /// Adds a model and the text that it read.
  ///
  /// @throws IOException if the files of one cannot be read
  public Inputs with(LanguageModel model, DocumentSource text) throws IOException {
    all.putObject("model").put("name", model.name()).put("sum", LanguageModels.identity(model));
    all.putObject("text").put("description", text.description()).put("identity", text.identity());
    return this;
  }

  private static String absolute(Path path) {
    return path.toAbsolutePath().toString();
  }

  /// The inputs by their kinds.
  public ObjectNode asJson() {
    return all.deepCopy();
  }
}
