// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sae4j.dashboard.FeatureName;
import sae4j.evaluation.detectors.LabelledFeatures;
import sae4j.evaluation.detectors.LabelledFeatures.LabelledFeature;
import sae4j.files.FormatException;

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
  /// @param features of the SAE that they are for
  /// @throws FormatException if the file names a feature that the SAE does not have
  Map<Integer, FeatureName> names(int features) throws IOException {
    Map<Integer, FeatureName> names = new TreeMap<>();
    if (file == null) {
      return names;
    }
    for (LabelledFeature each : LabelledFeatures.read(file).features()) {
      if (each.feature() < 0 || each.feature() >= features) {
        throw new FormatException(
            file,
            "features",
            "name feature " + each.feature() + "; the SAE has 0 to " + (features - 1),
            "give the labels.json of this SAE");
      }
      names.put(each.feature(), FeatureName.of(each));
    }
    return names;
  }
}
