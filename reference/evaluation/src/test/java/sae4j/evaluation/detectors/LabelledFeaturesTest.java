// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.labels.Label;
import sae4j.evaluation.detectors.FeatureNames.FeatureName;
import sae4j.evaluation.detectors.FeatureNames.Meaning;
import sae4j.files.FormatException;

class LabelledFeaturesTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void what_was_written_is_read() throws IOException {
    LabelledFeatures written =
        LabelledFeatures.of(
            List.of(
                new FeatureName(
                    7,
                    Meaning.DETECTS,
                    new Label("Javadoc: tag: @param"),
                    new Detection(0, 7, 1.5f, 3, 4, 5))));
    Files.write(
        folder.resolve(LabelledFeatures.FILE),
        written.file(JsonNodeFactory.instance.objectNode().put("sae", "here")));
    LabelledFeatures read = LabelledFeatures.read(folder.resolve(LabelledFeatures.FILE));
    assertThat(read).isEqualTo(written);
    assertThat(read.features().getFirst().name()).isEqualTo("Javadoc tag @param (F1 0.67)");
    assertThat(read.features().getFirst().precision()).isEqualTo(0.75);
    assertThat(folder.resolve(LabelledFeatures.FILE)).content().contains("\"sae\" : \"here\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[",
        "{}",
        "{\"format\": \"other\"}",
        "{\"format\": \"sae4j-labels-1\", \"features\": [{\"feature\": \"x\"}]}",
        "{\"format\": \"sae4j-labels-1\", \"features\": [null]}",
        "{\"format\": \"sae4j-labels-1\", \"features\": [{\"feature\": 1, \"label\": \"a\","
            + " \"meaning\": \"detects\"}]}",
        "{\"format\": \"sae4j-labels-1\", \"features\": [{\"feature\": 1, \"name\": null,"
            + " \"label\": \"a\", \"meaning\": \"detects\"}]}",
        "{\"format\": \"sae4j-labels-1\", \"features\": [{\"feature\": 1, \"name\": \"a\","
            + " \"label\": \"a\"}]}"
      })
  void what_is_no_such_file_is_refused_by_name(String content) throws IOException {
    Path file = Files.writeString(folder.resolve("labels.json"), content);
    assertThatThrownBy(() -> LabelledFeatures.read(file))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("labels.json")
        .hasMessageContaining("sae truth");
  }
}
