package sae4j.evaluation.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import sae4j.activations.FormatException;

/// Names that somebody gave to features: a JSON object whose array `features` has an object with
/// `feature`, `name` and, where the name was tested, `f1` for each.
public final class FeatureNamesFile {
  private FeatureNamesFile() {}

  /// A feature's name.
  ///
  /// @param name what people call it
  /// @param f1 how well the feature detects what the name says; NaN where nobody tested that
  public record Name(String name, double f1) {}

  /// Reads a file.
  ///
  /// @param features F, the number of features there are
  /// @return names by feature; features without a name are left out
  /// @throws FormatException if the file is not as described, or names a feature that the SAE lacks
  public static Map<Integer, Name> read(Path file, int features) throws IOException {
    JsonNode root;
    try {
      root = new JsonMapper().readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException malformed) {
      throw new FormatException(
          file, "JSON", malformed.getOriginalMessage(), "repair the file", malformed);
    }
    JsonNode list = root.path("features");
    if (!list.isArray()) {
      throw new FormatException(
          file, "features", "is no array", "give a file with names of features");
    }
    Map<Integer, Name> names = new TreeMap<>();
    for (JsonNode each : list) {
      int feature = each.path("feature").asInt(-1);
      if (feature < 0 || feature >= features || !each.path("name").isTextual()) {
        throw new FormatException(
            file,
            "features[" + names.size() + "]",
            "is " + FormatException.quote(each.toString()),
            "it needs a name and a feature from 0 to " + (features - 1));
      }
      names.put(
          feature, new Name(each.path("name").textValue(), each.path("f1").asDouble(Double.NaN)));
    }
    return names;
  }
}
