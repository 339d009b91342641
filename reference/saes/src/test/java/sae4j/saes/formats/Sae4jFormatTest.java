// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.weights.SaeWeights;

/// Our own format keeps every fixture as it is, and refuses what is damaged in one line.
class Sae4jFormatTest {
  private static final String METADATA_KEY = "sae4j.sae";

  @TempDir private Path folder = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void save_a_matryoshka_fixture() throws IOException {
    SaeWeights weights = SaeFormats.read(Fixtures.named("saelens_matryoshka_training"));
    new Sae4jFormat().write(folder, weights);
    file = folder.resolve("sae4j.safetensors");
  }

  @Test
  void nothing_is_folded_or_lost() throws IOException {
    SaeWeights given = SaeFormats.read(Fixtures.named("saelens_matryoshka_training"));
    SaeWeights read = SaeFormats.read(folder);
    assertThat(read.activation()).isEqualTo(given.activation());
    assertThat(read.hooks()).isEqualTo(given.hooks());
    assertThat(read.units()).isEqualTo(given.units());
    assertThat(read.origin()).isEqualTo(given.origin());
    assertThat(read.subtractsDecoderBias()).isEqualTo(given.subtractsDecoderBias());
    assertThat(read.rescalesByDecoderNorm()).isEqualTo(given.rescalesByDecoderNorm());
    given
        .tensors()
        .forEach(
            (name, weight) ->
                assertThat(read.tensor(name).values()).containsExactly(weight.values()));
  }

  private void describe(String description) throws IOException {
    List<TensorData> tensors = new ArrayList<>();
    Path before = folder.resolve("before");
    Files.move(file, before);
    try (Safetensors stored = Safetensors.open(before)) {
      for (TensorInfo info : stored.tensors()) {
        tensors.add(TensorData.copyOf(stored.tensor(info.name())));
      }
      Safetensors.write(file, Map.of(METADATA_KEY, description), tensors);
    }
    Files.delete(before);
  }

  private String description() throws IOException {
    try (Safetensors stored = Safetensors.open(file)) {
      return stored.metadata().getOrDefault(METADATA_KEY, "");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"version\":1|\"version\":2",
        "\"kind\":\"MATRYOSHKA\"|\"kind\":\"MATCHING\"",
        "\"kind\":\"MATRYOSHKA\"|\"kind\":null",
        "\"kind\":\"MATRYOSHKA\"|\"kind\":\"OWN\"",
        "\"inputScales\":[1.0]|\"inputScales\":[1.0,1.0]",
        "\"inputScales\":[1.0]|\"inputScales\":[0.0]",
        "\"inputScales\":[1.0]|\"inputScales\":null",
        "\"W_enc\":\"ENCODER\"|\"W_enc\":null",
        "\"reconstructsInput\":true|\"reconstructsInput\":\"perhaps\"",
        "\"subtractsDecoderBias\"|\"subtracts\""
      })
  void a_wrong_description_is_refused_in_one_line(String right, String wrong) throws IOException {
    String description = description();
    assertThat(description).contains(right);
    describe(description.replace(right, wrong));
    assertThatThrownBy(() -> SaeFormats.read(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(file.toString())
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("\n"));
  }

  @Test
  void a_damaged_file_is_refused_or_read_as_finite_weights() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(3);
    int refused = 0;
    for (int trial = 0; trial < 1000; trial++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      try {
        SaeFormats.read(folder);
      } catch (IOException one) {
        refused++;
        assertThat(one.getMessage()).doesNotContain("\n");
      }
    }
    assertThat(refused).isPositive();
  }
}
