// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;
import sae4j.files.torch.Torch;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;

/// Folders of models as they come from elsewhere: quantised, in shards, as pickles, in the hub's
/// cache, without a head, and with references to files that are none of theirs.
class ModelFoldersTest {
  private static final HookPoint HOOK = HookPoint.residPost(1);
  private static final TokenBatch TOKENS = TokenBatch.of(new int[] {3, 1, 4, 1, 5, 9, 2, 6});
  private static final String SAFE = "model.safetensors";

  @TempDir private Path scratch = Path.of("");

  /// The tensors of a fixture.
  private static Map<String, TensorData> tensors(String family) throws IOException {
    return tensors(family, UnaryOperator.identity());
  }

  private static Map<String, TensorData> tensors(String family, UnaryOperator<String> rename)
      throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    try (Safetensors file = Safetensors.open(FamiliesTest.folder(family).resolve(SAFE))) {
      for (TensorInfo info : file.tensors()) {
        StoredTensor stored = file.tensor(info.name());
        String name = rename.apply(info.name());
        tensors.put(name, data(name, stored.floats(), info));
      }
    }
    return tensors;
  }

  private static TensorData data(String name, float[] values, TensorInfo like) {
    return TensorData.floats(name, values, like.shape().sizes()).as(like.dtype());
  }

  private Path folder(String family, UnaryOperator<String> config) throws IOException {
    Path folder = Files.createDirectories(scratch.resolve("model"));
    Path from = FamiliesTest.folder(family);
    Files.writeString(
        folder.resolve("config.json"), config.apply(Files.readString(from.resolve("config.json"))));
    Files.copy(from.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    return folder;
  }

  private static void write(Path folder, Map<String, TensorData> tensors) throws IOException {
    Safetensors.write(folder.resolve(SAFE), Map.of(), List.copyOf(tensors.values()));
  }

  private static float[] captured(Path folder) throws IOException {
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      return Objects.requireNonNull(model.capture(TOKENS, List.of(HOOK)).get(HOOK)).values();
    }
  }

  private static float[] logits(Path folder) throws IOException {
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      return model.logits(TOKENS).values();
    }
  }

  private static void refused(Path folder, String... parts) {
    assertThatThrownBy(() -> LanguageModels.open(folder.toString()).close())
        .isInstanceOf(FormatException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(parts).contains("; "));
  }

  @Test
  void quantised_weights_are_refused_by_file_tensor_and_type() throws IOException {
    Path folder = folder("gpt2", UnaryOperator.identity());
    String name = "transformer.h.0.attn.c_attn.weight";
    for (DType type : List.of(DType.I8, DType.U8, DType.I16, DType.I32, DType.I64, DType.BOOL)) {
      Map<String, TensorData> tensors = tensors("gpt2");
      tensors.put(name, TensorData.longs(name, new long[32 * 96], 32, 96).as(type));
      write(folder, tensors);
      refused(folder, folder.toString(), name, "floating-point", "F32, F16 or BF16");
    }
    for (String scale :
        List.of(
            "transformer.h.0.attn.c_attn.SCB",
            "transformer.h.0.attn.c_attn.weight_scale",
            "transformer.h.0.attn.c_attn.weight_scale_inv",
            "transformer.h.0.attn.c_attn.weight.absmax",
            "transformer.h.0.attn.c_attn.weight.quant_state.bitsandbytes__nf4",
            "transformer.h.0.attn.c_attn.qweight",
            "transformer.h.0.attn.c_attn.qzeros",
            "transformer.h.0.attn.c_attn.scales")) {
      Map<String, TensorData> tensors = tensors("gpt2");
      tensors.put(scale, TensorData.floats(scale, new float[96], 96));
      write(folder, tensors);
      refused(folder, scale, "quantised", "FLOAT");
    }
  }

  @Test
  void a_quantisation_in_the_configuration_is_refused_by_name() throws IOException {
    Path folder =
        folder(
            "gpt2",
            config ->
                config.replaceFirst(
                    "\\{", "{\"quantization_config\": {\"quant_method\": \"fp8\"},"));
    write(folder, tensors("gpt2"));
    refused(folder, "config.json: quantization_config", "fp8", "dequantise");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "U16", "U32"})
  void a_type_that_is_no_plain_number_is_refused_and_not_called_damaged(String type)
      throws IOException {
    Path folder = folder("gpt2", UnaryOperator.identity());
    write(folder, tensors("gpt2"));
    Path file = folder.resolve(SAFE);
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    String name = "\"transformer.ln_f.bias\":{\"dtype\":\"F32\"";
    assertThat(text).contains(name);
    String longer = name.replace("F32", type);
    int end = 8 + (text.charAt(0) + 256 * text.charAt(1));
    String header = text.substring(8, end).replace(name, longer);
    byte[] length =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length()).array();
    String whole = new String(length, StandardCharsets.ISO_8859_1) + header + text.substring(end);
    Files.writeString(file, whole, StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> LanguageModels.open(folder.toString()).close())
        .hasMessageContainingAll("transformer.ln_f.bias", type, "dequantised")
        .message()
        .doesNotContain("damaged");
  }

  @Test
  void gpt2_that_divides_scores_by_the_layer_is_gpt2_with_smaller_queries() throws IOException {
    Path folder =
        folder(
            "gpt2",
            config ->
                config.replace(
                    "\"scale_attn_by_inverse_layer_idx\": false",
                    "\"scale_attn_by_inverse_layer_idx\": true"));
    write(folder, tensors("gpt2"));
    float[] found = logits(folder);
    assertThat(found).isNotEqualTo(logits(FamiliesTest.folder("gpt2")));

    Map<String, TensorData> tensors = tensors("gpt2");
    try (Safetensors file = Safetensors.open(FamiliesTest.folder("gpt2").resolve(SAFE))) {
      for (String part : List.of("weight", "bias")) {
        String name = "transformer.h.1.attn.c_attn." + part;
        float[] values = file.tensor(name).floats();
        for (int i = 0; i < values.length; i++) {
          values[i] /= i % 96 < 32 ? 2 : 1;
        }
        tensors.put(name, data(name, values, file.info(name)));
      }
    }
    Files.writeString(
        folder.resolve("config.json"),
        Files.readString(FamiliesTest.folder("gpt2").resolve("config.json")));
    write(folder, tensors);
    assertThat(found).containsExactly(logits(folder), within(1e-5f));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "pythia"})
  void a_base_model_without_head_and_prefix_gives_activations_and_says_why_no_logits(String family)
      throws IOException {
    float[] whole = captured(FamiliesTest.folder(family));
    Path folder =
        folder(
            family,
            config ->
                config.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
    Map<String, TensorData> base =
        tensors(family, name -> name.replaceFirst("^(transformer|model|gpt_neox)\\.", ""));
    base.keySet().removeAll(List.of("lm_head.weight", "embed_out.weight"));
    write(folder, base);

    assertThat(captured(folder)).isEqualTo(whole);
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      assertThat(model.scoresTokens()).isFalse();
      FloatRows rows = FloatRows.zeros(TOKENS.rows(), model.modelWidth());
      for (ThrowingCallable asked :
          List.<ThrowingCallable>of(
              () -> model.logits(TOKENS),
              () -> model.resume(TOKENS, HOOK, rows),
              () -> model.gradient(TOKENS, HOOK, rows, rows),
              () -> model.unembed(rows),
              () -> model.generate(TOKENS.sequence(0), Sampling.greedy(2), List.of()))) {
        assertThatThrownBy(asked)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContainingAll(folder.toString(), "no unembedding", "lm_head");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "score.weight, false",
    "classifier.weight, false",
    "qa_outputs.bias, false",
    "v_head.summary.weight, true",
    "multiple_choice_head.summary.weight, true",
  })
  void a_classifier_gives_activations_and_no_logits_by_a_tie_it_was_not_trained_with(
      String head, boolean scores) throws IOException {
    Path folder = folder("gpt2", UnaryOperator.identity());
    Map<String, TensorData> tensors = tensors("gpt2");
    tensors.put(head, TensorData.floats(head, new float[2 * 32], 2, 32));
    write(folder, tensors);
    assertThat(captured(folder)).isEqualTo(captured(FamiliesTest.folder("gpt2")));
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      assertThat(model.scoresTokens()).isEqualTo(scores);
      if (!scores) {
        assertThatThrownBy(() -> model.logits(TOKENS)).hasMessageContaining("classifier");
      }
    }
  }

  @Test
  void a_base_model_whose_head_is_tied_has_logits() throws IOException {
    Path folder = folder("gpt2", UnaryOperator.identity());
    write(folder, tensors("gpt2"));
    assertThat(logits(folder)).isEqualTo(logits(FamiliesTest.folder("gpt2")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "pythia"})
  void pickled_weights_are_read_whole_and_in_shards(String family) throws IOException {
    float[] expected = logits(FamiliesTest.folder(family));
    Path folder = folder(family, UnaryOperator.identity());
    Map<String, TensorData> tensors = tensors(family);
    Torch.write(folder.resolve("pytorch_model.bin"), tensors);
    assertThat(logits(folder)).isEqualTo(expected);

    Files.delete(folder.resolve("pytorch_model.bin"));
    shards(folder, tensors, "pytorch_model.bin", ".bin");
    assertThat(logits(folder)).isEqualTo(expected);
  }

  /// Every other tensor in one of two shards.
  private static void shards(
      Path folder, Map<String, TensorData> tensors, String index, String extension)
      throws IOException {
    List<Map<String, TensorData>> parts = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    List<String> map = new ArrayList<>();
    int count = 0;
    for (Map.Entry<String, TensorData> each : tensors.entrySet()) {
      int part = count++ % 2;
      parts.get(part).put(each.getKey(), each.getValue());
      map.add("\"%s\": \"part-%d%s\"".formatted(each.getKey(), part, extension));
    }
    for (int part = 0; part < 2; part++) {
      Path file = folder.resolve("part-" + part + extension);
      if (extension.equals(".bin")) {
        Torch.write(file, parts.get(part));
      } else {
        Safetensors.write(file, Map.of(), List.copyOf(parts.get(part).values()));
      }
    }
    Files.writeString(
        folder.resolve(index + ".index.json"),
        "{\"metadata\": {}, \"weight_map\": {%s}}".formatted(String.join(", ", map)));
  }

  @Test
  void an_index_leads_to_no_file_outside_its_folder() throws IOException {
    Path folder = folder("gpt2", UnaryOperator.identity());
    shards(folder, tensors("gpt2"), SAFE, ".safetensors");
    assertThat(logits(folder)).isEqualTo(logits(FamiliesTest.folder("gpt2")));

    Path index = folder.resolve(SAFE + ".index.json");
    String good = Files.readString(index);
    Path outside = scratch.resolve("outside.safetensors");
    Files.copy(folder.resolve("part-1.safetensors"), outside);
    Files.createSymbolicLink(folder.resolve("link.safetensors"), outside);
    for (String bad :
        List.of(
            "../outside.safetensors",
            "a/../../outside.safetensors",
            outside.toString(),
            "link.safetensors",
            "",
            ".")) {
      Files.writeString(index, good.replace("part-1.safetensors", bad));
      refused(folder, index.toString(), "weight_map", "'" + bad + "'");
    }
    Files.writeString(index, good.replace("part-1.safetensors", "part-9.safetensors"));
    refused(folder, index.toString(), "part-9", "not there");
    Files.writeString(index, good.replace("\"part-1.safetensors\"", "3"));
    refused(folder, index.toString(), "weight_map", "'3'");
    Files.writeString(index, good + good);
    refused(folder, index.toString(), "JSON");
  }

  /// As the hub's tools keep a repository: the snapshot's files are links to blobs beside it.
  private Path cached(Path folder, String revision) throws IOException {
    Path repository = scratch.resolve("hub/models--somebody--tiny");
    Path blobs = Files.createDirectories(repository.resolve("blobs"));
    Path snapshot = Files.createDirectories(repository.resolve("snapshots/" + revision));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        Path blob = blobs.resolve("0123" + Integer.toHexString(name.hashCode()) + revision);
        Files.copy(file, blob);
        Files.createSymbolicLink(
            snapshot.resolve(name), Path.of("../../blobs").resolve(blob.getFileName()));
      }
    }
    return repository;
  }

  @Test
  void the_root_of_a_hub_cache_is_its_snapshot_with_links_to_blobs() throws IOException {
    float[] expected = logits(FamiliesTest.folder("gpt2"));
    Path folder = folder("gpt2", UnaryOperator.identity());
    shards(folder, tensors("gpt2"), SAFE, ".safetensors");
    Path repository = cached(folder, "abc");
    assertThat(logits(repository)).isEqualTo(expected);
    assertThat(logits(repository.resolve("snapshots/abc"))).isEqualTo(expected);

    cached(folder, "def");
    refused(repository, "snapshots", "abc", "def", "give one of them");
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), "def");
    assertThat(logits(repository)).isEqualTo(expected);
    Path elsewhere = scratch.resolve("elsewhere.safetensors");
    Files.copy(folder.resolve("part-1.safetensors"), elsewhere);
    Files.delete(repository.resolve("snapshots/def/part-1.safetensors"));
    Files.createSymbolicLink(repository.resolve("snapshots/def/part-1.safetensors"), elsewhere);
    refused(repository, "part-1.safetensors", "leads out");
  }

  @Test
  void external_data_of_a_graph_lie_beside_it_or_in_the_same_cache() throws IOException {
    Path from = FamiliesTest.folder("gpt2/onnx-dynamo");
    Path folder = folder("gpt2", UnaryOperator.identity());
    Files.copy(from.resolve("model.onnx"), folder.resolve("model.onnx"));
    Files.copy(from.resolve("model.onnx.data"), folder.resolve("model.onnx.data"));
    float[] expected = logits(from);
    assertThat(logits(folder)).isEqualTo(expected);
    assertThat(logits(cached(folder, "abc"))).isEqualTo(expected);

    Path outside = scratch.resolve("model.onnx.data");
    Files.move(folder.resolve("model.onnx.data"), outside);
    refused(folder, "model.onnx", "location", "not there");
    Files.createSymbolicLink(folder.resolve("model.onnx.data"), outside);
    refused(folder, "model.onnx", "location", "leads out");
    Files.delete(folder.resolve("model.onnx.data"));
    byte[] graph = Files.readAllBytes(folder.resolve("model.onnx"));
    String text = new String(graph, StandardCharsets.ISO_8859_1);
    String up = text.replace("model.onnx.data", "../x/.data/y/zw");
    Files.write(folder.resolve("model.onnx"), up.getBytes(StandardCharsets.ISO_8859_1));
    refused(folder, "model.onnx", "location", "'../x/.data/y/zw'", "leads out");
  }

  @Test
  void a_tokenizers_files_are_read_by_field_too() throws IOException {
    Path folder = folder("gpt2", UnaryOperator.identity());
    write(folder, tensors("gpt2"));
    Path config = folder.resolve("tokenizer_config.json");
    for (String bad :
        List.of(
            "{\"add_bos_token\": \"abc\"}",
            "{\"add_bos_token\": 1}",
            "{\"bos_token\": 3}",
            "{\"bos_token\": {\"content\": 3}}",
            "{\"bos_token\": \"a\", \"bos_token\": \"b\"}")) {
      Files.writeString(config, bad);
      refused(folder, "tokenizer_config.json", bad.contains("add") ? "add_bos_token" : "bos_token");
    }
    Files.delete(config);
    Files.writeString(folder.resolve("generation_config.json"), "{\"bos_token_id\": \"abc\"}");
    refused(folder, "generation_config.json", "bos_token_id", "'abc'");
    Files.delete(folder.resolve("generation_config.json"));
    String good = Files.readString(folder.resolve("tokenizer.json"));
    for (String id : List.of("-5", "2147483647")) {
      String bad = good.replaceFirst("(\"vocab\"\\s*:\\s*\\{[^:]*:\\s*)\\d+", "$1" + id);
      assertThat(bad).isNotEqualTo(good);
      Files.writeString(folder.resolve("tokenizer.json"), bad);
      refused(folder, "tokenizer.json: vocabulary", id);
    }
  }

  /// A token of a windowed layer sees what it would see if the sequence began with its window,
  /// because rotations tell distances alone.
  @ParameterizedTest
  @CsvSource({
    "mistral, '', 0 1",
    "qwen2, '\"use_sliding_window\": true, \"max_window_layers\": 1,', 1",
    "qwen2, '\"use_sliding_window\": true, \"max_window_layers\": 0,', 0 1",
    "qwen2, '\"use_sliding_window\": true,', ''",
    "qwen2, '\"use_sliding_window\": true, \"layer_types\": [\"sliding_attention\","
        + " \"full_attention\"],', 0",
    "qwen2, '\"use_sliding_window\": false,', ''",
  })
  void a_windowed_layer_sees_the_window_and_no_more(String type, String settings, String windowed)
      throws IOException {
    int window = 3;
    Map<String, TensorData> tensors = tensors("llama");
    if (type.equals("qwen2")) {
      for (int layer = 0; layer < 2; layer++) {
        for (String part : List.of("q", "k", "v")) {
          String name = "model.layers.%d.self_attn.%s_proj.bias".formatted(layer, part);
          float[] values = new float[part.equals("q") ? 32 : 16];
          for (int i = 0; i < values.length; i++) {
            values[i] = (i % 5 - 2) / 4f;
          }
          tensors.put(name, TensorData.floats(name, values, values.length));
        }
      }
    }
    Path folder =
        folder(
            "llama",
            config ->
                config
                    .replace("\"model_type\": \"llama\"", "\"model_type\": \"%s\"".formatted(type))
                    .replaceFirst(
                        "\\{", "{" + settings + " \"sliding_window\": %d,".formatted(window)));
    write(folder, tensors);
    try (LanguageModel model = LanguageModels.open(folder.toString())) {
      assertThat(model.contextLength()).isEqualTo(64);
      HookPoint in = HookPoint.parse("blocks.0.hook_resid_pre");
      List<HookPoint> hooks = List.of(in, HookPoint.residPost(0), HookPoint.residPost(1));
      Map<HookPoint, FloatRows> whole = model.capture(TOKENS, hooks);
      int width = model.modelWidth();
      int last = TOKENS.length() - 1;
      for (int layer = 0; layer < 2; layer++) {
        HookPoint before = hooks.get(layer);
        HookPoint after = hooks.get(layer + 1);
        float[] rows = Objects.requireNonNull(whole.get(before)).values();
        float[] seen = Arrays.copyOfRange(rows, (last + 1 - window) * width, rows.length);
        FloatRows alone =
            Objects.requireNonNull(
                model
                    .advance(
                        TokenBatch.of(new int[window]),
                        before,
                        new FloatRows(window, width, seen),
                        List.of(after))
                    .get(after));
        float difference = 0;
        for (int d = 0; d < width; d++) {
          difference =
              Math.max(
                  difference,
                  Math.abs(
                      alone.at(window - 1, d)
                          - Objects.requireNonNull(whole.get(after)).at(last, d)));
        }
        if (windowed.contains(Integer.toString(layer))) {
          assertThat(difference).as("layer " + layer).isLessThan(1e-5f);
        } else {
          assertThat(difference).as("layer " + layer).isGreaterThan(1e-4f);
        }
      }
      int[] prompt = TOKENS.sequence(0);
      int[] written = model.generate(prompt, Sampling.greedy(9), List.of());
      for (int n = 0; n < written.length; n++) {
        int[] read = Arrays.copyOf(prompt, prompt.length + n);
        System.arraycopy(written, 0, read, prompt.length, n);
        FloatRows logits = model.logits(TokenBatch.of(read));
        int best = 0;
        for (int id = 1; id < model.vocabularySize(); id++) {
          best = logits.at(read.length - 1, id) > logits.at(read.length - 1, best) ? id : best;
        }
        assertThat(written[n]).isEqualTo(best);
      }
    }
  }

  @Test
  void layers_with_a_window_that_is_not_used_are_refused() throws IOException {
    for (String types : List.of("\"full_attention\"", "\"full_attention\", \"linear\"", "1, 2")) {
      Path folder =
          folder(
              "llama",
              config ->
                  config
                      .replace("\"model_type\": \"llama\"", "\"model_type\": \"qwen2\"")
                      .replaceFirst("\\{", "{\"layer_types\": [" + types + "],"));
      Map<String, TensorData> tensors = tensors("llama");
      for (String part : List.of("q", "k", "v")) {
        for (int layer = 0; layer < 2; layer++) {
          String name = "model.layers.%d.self_attn.%s_proj.bias".formatted(layer, part);
          int size = part.equals("q") ? 32 : 16;
          tensors.put(name, TensorData.floats(name, new float[size], size));
        }
      }
      Files.deleteIfExists(folder.resolve(SAFE));
      write(folder, tensors);
      refused(folder, "config.json: layer_types", "full_attention");
      String config = Files.readString(folder.resolve("config.json"));
      Files.writeString(
          folder.resolve("config.json"),
          config.replace("[" + types + "]", "[\"sliding_attention\", \"full_attention\"]"));
      refused(folder, "config.json: layer_types", "use_sliding_window");
      Files.delete(folder.resolve("tokenizer.json"));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void activations_of_a_broken_weight_are_refused_with_its_name(float broken) throws IOException {
    for (DType type : List.of(DType.F32, DType.F16, DType.BF16, DType.F64)) {
      String name = "transformer.h.0.mlp.c_fc.weight";
      Path folder = folder("gpt2", UnaryOperator.identity());
      Map<String, TensorData> tensors = tensors("gpt2");
      float[] values = new float[32 * 128];
      values[4095] = broken;
      tensors.put(name, TensorData.floats(name, values, 32, 128).as(type));
      write(folder, tensors);
      for (ThrowingCallable asked :
          List.<ThrowingCallable>of(() -> captured(folder), () -> logits(folder))) {
        assertThatThrownBy(asked)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContainingAll(SAFE, "'" + name + "'", "NaN or infinity", "; ");
      }
      Files.delete(folder.resolve(SAFE));
      Files.delete(folder.resolve("tokenizer.json"));
    }
  }

  @Test
  void an_adapter_that_lies_beside_the_weights_is_not_left_out_silently() throws IOException {
    Path folder = folder("gpt2", UnaryOperator.identity());
    write(folder, tensors("gpt2"));
    Files.writeString(folder.resolve("adapter_config.json"), "{}");
    refused(folder, "adapter_config.json", "merge the adapter");
  }
}
