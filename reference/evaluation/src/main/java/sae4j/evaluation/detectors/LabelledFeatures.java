// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sae4j.evaluation.detectors.FeatureNames.FeatureName;
import sae4j.files.FormatException;
import sae4j.files.json.JsonComplaint;
import sae4j.files.whole.WholeFile;

/// The file `labels.json`: an SAE's features with their names from labels, for programs that show
/// features.
///
/// @param features the features with a name, by feature
/// @param saeSum the sum of the SAE that they are of; null where a file does not say it
public record LabelledFeatures(List<LabelledFeature> features, @Nullable String saeSum) {
  /// The file's name in a folder.
  public static final String FILE = "labels.json";

  private static final String FORMAT = "sae4j-labels-1";
  private static final JsonMapper JSON = new JsonMapper();

  /// A feature and its name; precision, recall and F1 are those on held-out files.
  ///
  /// @param feature its number
  /// @param name for people: `Javadoc tag @param (F1 0.93)`
  /// @param label the label that it is named after: `Javadoc: tag: @param`
  /// @param meaning `detects` or `part`, see [FeatureNames.Meaning]
  /// @param threshold the feature says yes where its code is at least this
  public record LabelledFeature(
      int feature,
      String name,
      String label,
      String meaning,
      double threshold,
      double precision,
      double recall,
      double f1) {
    static LabelledFeature of(FeatureName name) {
      Detection judged = name.judged();
      return new LabelledFeature(
          name.feature(),
          name.text(),
          name.label().name(),
          name.meaning().name().toLowerCase(Locale.ROOT),
          judged.threshold(),
          judged.precision(),
          judged.recall(),
          judged.f1());
    }
  }

  /// The features with the names that were found for them.
  public static LabelledFeatures of(List<FeatureName> names) {
    return new LabelledFeatures(names.stream().map(LabelledFeature::of).toList(), null);
  }

  /// The content of the file.
  ///
  /// @param rest further content of the file, by key
  public byte[] file(ObjectNode rest) throws IOException {
    ObjectNode whole = JSON.createObjectNode().put("format", FORMAT);
    whole.setAll(rest);
    ArrayNode array = whole.putArray("features");
    features.forEach(feature -> array.add(JSON.<JsonNode>valueToTree(feature)));
    return JSON.writerWithDefaultPrettyPrinter()
        .writeValueAsString(whole)
        .getBytes(StandardCharsets.UTF_8);
  }

  /// Reads the file.
  ///
  /// @param file a `labels.json`
  /// @throws FormatException if it is not one
  public static LabelledFeatures read(Path file) throws IOException {
    JsonNode whole;
    try {
      whole = JSON.readTree(WholeFile.named(file));
    } catch (JsonProcessingException malformed) {
      throw new FormatException(
          file, "JSON", JsonComplaint.of(malformed), "write it again with sae truth", malformed);
    }
    if (!FORMAT.equals(whole.path("format").asText())) {
      throw new FormatException(
          file,
          "format",
          "is " + FormatException.quote(whole.path("format").asText()) + ", not " + FORMAT,
          "write it again with sae truth");
    }
    List<LabelledFeature> features = new ArrayList<>();
    for (JsonNode feature : whole.path("features")) {
      for (String field : new String[] {"name", "label", "meaning"}) {
        if (!feature.path(field).isTextual()) {
          throw new FormatException(
              file,
              "features",
              "has an entry without a string %s: feature %s"
                  .formatted(FormatException.quote(field), feature.path("feature").asText("?")),
              "write it again with sae truth");
        }
      }
      try {
        features.add(JSON.treeToValue(feature, LabelledFeature.class));
      } catch (JsonProcessingException malformed) {
        throw new FormatException(
            file,
            "features",
            JsonComplaint.of(malformed),
            "write it again with sae truth",
            malformed);
      }
    }
    return new LabelledFeatures(features, whole.path("inputs").path("sae").path("sum").textValue());
  }
}
