// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.saes.Sae;

/// `--feature`: one feature of an SAE.
public final class FeatureOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--feature",
      paramLabel = "N",
      required = true,
      converter = Numbers.NotNegative.class,
      description = "The number of the feature. The first has number 0.")
  private int feature;

  /// The feature's number.
  ///
  /// @throws picocli.CommandLine.ParameterException if the SAE does not have it
  public int of(Sae sae) {
    Refusal.unless(
        feature < sae.dictSize(),
        spec,
        "--feature",
        feature,
        "this SAE has features 0 to " + (sae.dictSize() - 1));
    return feature;
  }
}
