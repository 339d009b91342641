// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.weights.Origin;

class ActivationDatasetTest {
  @TempDir private Path folder = Path.of("");

  private Path file(float last) throws IOException {
    Path file = folder.resolve("activations.safetensors");
    float[] values = {1, 2, 3, 4, 5, last};
    Safetensors.write(file, Map.of(), List.of(TensorData.floats("activations", values, 3, 2)));
    return file;
  }

  @Test
  void a_file_is_its_rows_and_says_nothing_of_text_and_model() throws IOException {
    try (ActivationDataset dataset = ActivationDataset.openFinite(file(6), null, null)) {
      assertThat(dataset.rows()).isEqualTo(3);
      assertThat(dataset.width()).isEqualTo(2);
      float[] row = new float[3];
      dataset.read(2, row, 1);
      assertThat(row).containsExactly(0, 5, 6);
      assertThat(dataset.text()).isNull();
      assertThat(dataset.origin()).isEqualTo(new Origin(null, null));
      assertThat(dataset.description()).contains("activations", "3", "2");
    }
  }

  @Test
  void a_number_that_is_not_finite_is_refused_by_place_if_that_is_asked_for() throws IOException {
    Path file = file(Float.NaN);
    ActivationDataset.open(file, null, null).close();
    assertThatThrownBy(() -> ActivationDataset.openFinite(file, null, null))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("row 2")
        .hasMessageContaining("column 1");
  }

  @Test
  void a_matrix_that_is_not_there_is_refused_by_name() throws IOException {
    Path file = file(6);
    assertThatThrownBy(() -> ActivationDataset.open(file, "other", null))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("other");
  }
}
