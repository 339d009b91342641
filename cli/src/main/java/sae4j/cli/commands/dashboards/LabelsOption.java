// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Inputs;
import sae4j.dashboard.FeatureName;
import sae4j.evaluation.detectors.LabelledFeatures;
import sae4j.evaluation.detectors.LabelledFeatures.LabelledFeature;
import sae4j.files.FormatException;
import sae4j.saes.Sae;

/// `--labels`: names of features.
final class LabelsOption {
  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description =
          "Names of features: the labels.json that sae truth wrote. The site shows them and"
              + " searches in them.")
  private @Nullable Path file;

  /// The names by feature; none where no file was given.
  ///
  /// @param sae that they are for
  /// @param path of the SAE
  /// @param mismatch whether names of another SAE are meant
  /// @throws FormatException if the file names a feature that the SAE does not have
  /// @throws Failure if it names those of another SAE
  Map<Integer, FeatureName> names(Sae sae, Path path, MismatchOption mismatch) throws IOException {
    Map<Integer, FeatureName> names = new TreeMap<>();
    if (file == null) {
      return names;
    }
    LabelledFeatures labelled = LabelledFeatures.read(file);
    int features = sae.dictSize();
    for (LabelledFeature each : labelled.features()) {
      if (each.feature() < 0 || each.feature() >= features) {
        throw new FormatException(
            file,
            "features",
            "name feature " + each.feature() + "; the SAE has 0 to " + (features - 1),
            "give the labels.json of this SAE");
      }
      names.put(each.feature(), FeatureName.of(each));
    }
    if (labelled.saeSum() != null && mismatch.isOfAnother(labelled.saeSum(), sae)) {
      throw new Failure(
          ("%s: names the features of another SAE (sum %s) than --sae %s (sum %s); write it anew"
                  + " with sae truth or, if it is meant, say so with %s")
              .formatted(file, labelled.saeSum(), path, Inputs.sum(sae), MismatchOption.NAME));
    }
    return names;
  }
}
