// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.files.FormatException;

class OnnxReaderTest {
  private static final int VARIANTS = 1000;

  @TempDir private Path folder;

  private static Path fixture(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(OnnxReaderTest.class.getResource("/fixtures/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void a_weight_of_the_file_is_found_where_its_bytes_lie() throws IOException {
    Path file = fixture("gpt2/onnx-legacy/model.onnx");
    GraphWeight table =
        OnnxReader.read(file).graph().weights().values().stream()
            .filter(weight -> weight.storage() instanceof GraphWeight.Storage.InFile)
            .filter(weight -> weight.dims().length == 2)
            .findFirst()
            .orElseThrow();
    GraphWeight.Storage.InFile place = (GraphWeight.Storage.InFile) table.storage();
    assertThat(place.file()).isEqualTo(file.toRealPath());
    assertThat(place.length()).isEqualTo(4 * table.dims()[0] * table.dims()[1]);
    ByteBuffer bytes = ByteBuffer.allocate((int) place.length()).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(file)) {
      channel.read(bytes, place.offset());
    }
    double square = 0;
    for (int i = 0; i < place.length() / 4; i++) {
      square += Math.pow(bytes.getFloat(4 * i), 2);
    }
    // Initial weights of a transformer, and not numbers read at an odd place.
    assertThat(Math.sqrt(square / (place.length() / 4.0))).isBetween(1e-3, 10.0);
  }

  @Test
  void what_is_written_is_read_again() throws IOException {
    Path copy = folder.toRealPath().resolve("model.onnx");
    Files.copy(fixture("gpt2/onnx-half/model.onnx"), copy);
    OnnxModel model = OnnxReader.read(copy);
    Graph before = model.graph();
    Path written = folder.toRealPath().resolve("written.onnx");
    Files.write(written, OnnxWriter.encode(model, folder.toRealPath()));

    OnnxModel read = OnnxReader.read(written);
    Graph after = read.graph();
    assertThat(read.opsets()).isEqualTo(model.opsets());
    assertThat(after.nodes()).usingRecursiveComparison().isEqualTo(before.nodes());
    assertThat(after.inputs()).isEqualTo(before.inputs());
    assertThat(after.outputs()).isEqualTo(before.outputs());
    assertThat(after.weights().keySet()).isEqualTo(before.weights().keySet());
    before
        .weights()
        .forEach(
            (name, weight) -> {
              GraphWeight same = Objects.requireNonNull(after.weights().get(name));
              assertThat(same.dims()).isEqualTo(weight.dims());
              if (weight.storage() instanceof GraphWeight.Storage.InFile) {
                assertThat(same.storage()).isEqualTo(weight.storage());
              }
            });
  }

  @Test
  void graphs_that_are_nested_deeper_than_any_exporters_are_refused() throws IOException {
    Path path = folder.resolve("model.onnx");
    Files.write(path, nested(60));
    assertThat(OnnxReader.read(path).graph().nodes()).hasSize(1);
    Files.write(path, nested(200));
    assertThatThrownBy(() -> OnnxReader.read(path))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContaining("nested more than 64 deep");
  }

  /// A model with a node whose attribute is a graph with a node, and so on.
  private static byte[] nested(int depth) {
    Graph graph = new Graph("g", List.of(), Map.of(), List.of(), List.of(), Map.of());
    for (int i = 1; i < depth; i++) {
      Node node = Node.of("If", "y", Map.of("then_branch", new Attribute.Body(graph)), "x");
      graph = new Graph("g", List.of(node), Map.of(), List.of(), List.of(), Map.of());
    }
    return OnnxWriter.encode(
        new OnnxModel(9, Map.of("", 20L), graph, List.of()), Path.of("").toAbsolutePath());
  }

  @Test
  void damaged_files_are_refused_in_one_line_or_read() throws IOException {
    byte[] sound = Files.readAllBytes(fixture("gpt2/onnx-half/model.onnx"));
    Path path = folder.resolve("model.onnx");
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
      byte[] bad =
          Arrays.copyOf(sound, variant % 2 == 0 ? sound.length : random.nextInt(sound.length));
      for (int flips = variant % 2 == 0 ? random.nextInt(1, 9) : 0; flips > 0; flips--) {
        bad[random.nextInt(bad.length)] ^= (byte) random.nextInt(1, 256);
      }
      Files.write(path, bad);
      try {
        assertThat(OnnxReader.read(path).graph()).isNotNull();
      } catch (FormatException refusal) {
        assertThat(refusal.getMessage()).startsWith(path + ": ").doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(VARIANTS / 3);
  }
}
