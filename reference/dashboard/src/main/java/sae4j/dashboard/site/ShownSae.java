// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.json.Config;

/// The SAE whose features a dashboard shows, so that no other takes its place: feature 5 of one SAE
/// is not feature 5 of another. It is kept in `sae.json` beside the site's scripts.
///
/// @param path where it was, for people
/// @param sum by which it is known again
public record ShownSae(String path, String sum) {
  private static final String FILE = "sae.json";
  private static final String FORMAT = "sae4j dashboard 1";
  private static final String REMEDY = "write the dashboard again with sae features";

  /// Of a site; empty where the site is older than the file.
  ///
  /// @param site the folder with the scripts
  /// @throws FormatException if the file does not say which SAE it is
  static Optional<ShownSae> in(Path site) throws IOException {
    Path file = site.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Config config = Config.read(file, REMEDY);
    if (!FORMAT.equals(config.text("format"))) {
      throw config.refused("format", "is " + config.found("format"), REMEDY);
    }
    String path = config.text("sae");
    String sum = config.text("sum");
    if (path == null || sum == null) {
      String missing = path == null ? "sae" : "sum";
      throw config.refused(missing, "is " + config.found(missing), REMEDY);
    }
    return Optional.of(new ShownSae(path, sum));
  }

  void write(Path site) throws IOException {
    ObjectNode json = Config.empty().put("format", FORMAT).put("sae", path).put("sum", sum);
    NewFile.write(site.resolve(FILE), (json + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
