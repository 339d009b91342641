// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.cli.terminal.Console;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.files.torch.Torch;

/// A line that lists names stays a line that is read, and keeps its remedy, however many there are.
class LongListsTest {
  private static final int MANY = 300;
  private static final int LONGEST = 700;

  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void write_files_of_many_names() throws IOException {
    List<TensorData> tensors = new ArrayList<>();
    Map<String, Object> state = new TreeMap<>();
    StringBuilder fields = new StringBuilder("{\"format\": 1");
    for (int i = 0; i < MANY; i++) {
      String name = "model.layers.%03d.mlp.weight".formatted(i);
      tensors.add(TensorData.floats(name, new float[4], 2, 2));
      state.put(name, TensorData.floats(name, new float[4], 2, 2));
      fields.append(", \"%s\": 1".formatted(name));
      Path sae = Files.createDirectories(folder.resolve("saes/layer_%03d".formatted(i)));
      Files.writeString(sae.resolve("params.npz"), "");
    }
    Safetensors.write(folder.resolve("many.safetensors"), Map.of(), tensors);
    Path saelens = Files.createDirectories(folder.resolve("saelens"));
    Safetensors.write(saelens.resolve("sae_weights.safetensors"), Map.of(), tensors);
    Files.writeString(
        saelens.resolve("cfg.json"),
        """
        {"architecture": "standard", "d_in": 2, "d_sae": 2,
          "metadata": {"sae_lens_version": "6.0.0"}}
        """);
    Torch.write(folder.resolve("openai.pt"), state);
    Path dictionary = Files.createDirectories(folder.resolve("dictionary"));
    state.replaceAll((name, value) -> 1);
    Torch.write(dictionary.resolve("ae.pt"), state);
    Files.writeString(
        dictionary.resolve("config.json"),
        """
        {"trainer": {"dict_class": "AutoEncoder", "activation_dim": 2, "dict_size": 2}}
        """);
    Files.writeString(folder.resolve("fields.jsonl"), fields + "}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train --activations @many.safetensors --features 4 --out @o|and 290 more
          train --activations @many.safetensors --tensor x --features 4 --out @o|and 290 more
          info @saelens|and 290 more
          info @openai.pt|
          info @dictionary|
          info @saes|and 290 more
          capture --hook blocks.9.hook_resid_post --out @o|in blocks.0 to blocks.3
          capture --hook blocks.0.hook_mlp_out --text @fields.jsonl --strict-text \
          --out @o|and 291 more
          """)
  void a_list_of_many_names_is_shortened(String line, String rest) {
    StringWriter err = new StringWriter();
    Console console =
        new Console(
            new PrintWriter(new StringWriter(), true), new PrintWriter(err, true), false, 80);
    assertThat(SaeProgram.run(console, line.replace("@", folder + "/").split(" ", -1)))
        .as(err.toString())
        .isPositive();
    String last = err.toString().lines().reduce((one, other) -> other).orElse("");
    assertThat(last).contains(rest == null ? "" : rest, "; ").hasSizeLessThan(LONGEST);
  }
}
