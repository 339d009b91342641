// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.activations.capture.ActivationCapture;
import sae4j.activations.capture.CaptureManifest;
import sae4j.activations.capture.CapturedActivations;
import sae4j.activations.capture.CapturedShards;
import sae4j.activations.capture.ShardedCapture;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.activations.text.TextPaths;
import sae4j.activations.text.TextRules;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.activations.text.fields.Chats;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.KeptRows;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;

final class ShardedCaptureTest {
  private static final List<HookPoint> HOOKS =
      List.of(HookPoint.residPost(0), HookPoint.parse("blocks.2.hook_mlp_out"));

  /// Two windows a batch, four a shard, the last of each short.
  private static final ActivationCapture.Settings SETTINGS =
      new ActivationCapture.Settings(16, 2, 330, KeptRows.BEHIND_STARTS);

  private static LanguageModel model;

  @TempDir private Path scratch;

  @BeforeAll
  static void open() throws IOException {
    model = LanguageModels.open("java-gpt2-tiny");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /// Thirty small classes.
  private static final DocumentSource TEXT =
      new DocumentSource() {
        @Override
        public String description() {
          return "thirty classes";
        }

        @Override
        public Stream<Document> open() {
          return IntStream.range(0, 30)
              .mapToObj(
                  i ->
                      new Document(
                          "C" + i,
                          "package p;\n\nclass C" + i + " {\n    int x = " + i + ";\n}\n"));
        }
      };

  private static CaptureManifest run(
      DType dtype, DocumentSource text, Path folder, ShardedCapture.Progress progress)
      throws IOException {
    return run(new ShardedCapture(model, HOOKS, SETTINGS, dtype, 64), text, folder, progress);
  }

  private static CaptureManifest run(
      ShardedCapture capture, DocumentSource text, Path folder, ShardedCapture.Progress progress)
      throws IOException {
    try (OutputFolder claimed =
        OutputFolder.own(folder, new OutputFolder.Claimant("sae capture", "1"))) {
      claimed.keep(); // as where the process is killed
      return capture.run(text, claimed, progress);
    }
  }

  @Test
  void shards_hold_what_a_capture_in_memory_holds() throws IOException {
    CapturedActivations expected =
        new ActivationCapture(model, HOOKS, SETTINGS).collect(TEXT, document -> {});
    CaptureManifest manifest = run(DType.F32, TEXT, scratch.resolve("f32"), (read, limit) -> true);

    assertThat(manifest.complete()).isTrue();
    assertThat(manifest.shards()).hasSize(6);
    assertThat(manifest.shards().stream().mapToLong(CaptureManifest.Shard::tokens).sum())
        .isEqualTo(330);
    for (HookPoint hook : HOOKS) {
      try (CapturedShards shards = CapturedShards.open(scratch.resolve("f32"), hook)) {
        assertThat(shards.rows()).isEqualTo(expected.tokens().size());
        float[] rows = new float[(int) shards.rows() * shards.width()];
        for (int row = (int) shards.rows() - 1; row >= 0; row--) {
          shards.read(row, rows, row * shards.width());
        }
        // The batches end elsewhere, which may change the last bits of a matrix product.
        assertThat(rows).containsExactly(expected.at(hook).values(), within(2e-5f));
        assertThat(shards.tokens()).usingRecursiveComparison().isEqualTo(expected.tokens());
      }
    }
  }

  @Test
  void a_text_that_is_changed_while_it_is_read_gives_no_complete_capture() {
    boolean[] changed = new boolean[1];
    DocumentSource text =
        new DocumentSource() {
          @Override
          public String description() {
            return "thirty classes";
          }

          @Override
          public String identity() {
            return changed[0] ? "after" : "before";
          }

          @Override
          public Stream<Document> open() throws IOException {
            return TEXT.open();
          }
        };
    Path folder = scratch.resolve("changed");
    assertThatThrownBy(() -> run(DType.F32, text, folder, (read, limit) -> changed[0] = true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("thirty classes: the text was changed while it was read");
    assertThat(folder.resolve("capture.json")).content().contains("\"complete\" : false");
  }

  @Test
  void a_capture_killed_at_any_batch_resumes_to_identical_bytes() throws IOException {
    assertResumes(TEXT);
  }

  @Test
  void a_capture_of_chats_in_parquet_resumes_to_identical_bytes() throws IOException {
    Path rows = Path.of("../../reference/activations/src/test/resources/parquet/zstd-1.0.parquet");
    Path template =
        Files.writeString(
            scratch.resolve("chat.jinja"),
            "{% for m in messages if m %}// {{ m.role }}\nint {{ m.content }};\n\n{% endfor %}");
    assertResumes(
        new TextPaths(
            List.of(rows),
            new TextRules(
                "messages", null, false, DatasetPart.USUAL, Chats.file(template), _ -> {})));
  }

  private void assertResumes(DocumentSource text) throws IOException {
    run(DType.BF16, text, scratch.resolve("whole"), (read, limit) -> true);
    Map<String, byte[]> whole = content(scratch.resolve("whole"));
    assertThat(whole).hasSize(13);

    for (int batch = 1; batch <= 11; batch += 2) {
      Path folder = scratch.resolve("killed-" + batch);
      int[] left = {batch};
      assertThatThrownBy(
              () ->
                  run(
                      DType.BF16,
                      text,
                      folder,
                      (read, limit) -> {
                        if (--left[0] == 0) {
                          throw new IllegalStateException("killed");
                        }
                        return true;
                      }))
          .hasMessage("killed");
      assertThat(content(folder)).hasSizeLessThan(13);
      Files.writeString(
          folder.resolve(
              ".shard-00001.safetensors.4194304.1.01234567-89ab-cdef-0123-456789abcdef.partial"),
          "half");

      run(DType.BF16, text, folder, (read, limit) -> true);

      Map<String, byte[]> resumed = content(folder);
      assertThat(resumed.keySet()).isEqualTo(whole.keySet());
      for (Map.Entry<String, byte[]> file : whole.entrySet()) {
        assertThat(resumed.get(file.getKey()))
            .as(file.getKey() + " after batch " + batch)
            .isEqualTo(file.getValue());
      }
    }
  }

  @Test
  void documents_are_kept_and_every_row_points_into_its_own() throws IOException {
    run(DType.F16, TEXT, scratch.resolve("text"), (read, limit) -> true);

    try (CapturedShards shards = CapturedShards.open(scratch.resolve("text"), HOOKS.getFirst())) {
      List<Document> documents = shards.documents();
      assertThat(documents).isEqualTo(TEXT.open().limit(documents.size()).toList());
      TokenTable tokens = shards.tokens();
      assertThat(tokens.documents()).contains(0, documents.size() - 1).isSorted();
      for (int row = 0; row < tokens.size(); row++) {
        String text = documents.get(tokens.documents()[row]).text();
        assertThat(text.substring(tokens.starts()[row], tokens.ends()[row]))
            .isEqualTo(model.tokenizer().decode(tokens.ids()[row]));
      }
    }
  }

  @Test
  void a_capture_that_is_stopped_keeps_whole_shards_and_goes_on() throws IOException {
    Path folder = scratch.resolve("stopped");
    CaptureManifest stopped = run(DType.F32, TEXT, folder, (read, limit) -> read < 64 + 16);

    assertThat(stopped.complete()).isFalse();
    assertThat(stopped.shards()).hasSize(1);
    assertThat(content(folder).keySet())
        .containsExactly("capture.json", "shard-00000.safetensors", "text-00000.jsonl");
    long[] begun = new long[1];
    ShardedCapture.Progress progress =
        new ShardedCapture.Progress() {
          @Override
          public void begins(long read, long limit) {
            begun[0] = read;
          }

          @Override
          public boolean read(long read, long limit) {
            return true;
          }
        };
    assertThat(run(DType.F32, TEXT, folder, progress).complete()).isTrue();
    assertThat(begun[0]).isEqualTo(64);
  }

  @Test
  void a_shard_that_the_capture_has_not_written_is_not_replaced() throws IOException {
    Path folder = scratch.resolve("foreign");
    run(DType.F32, TEXT, folder, (read, limit) -> read < 200);
    for (String name : List.of("shard-00009.safetensors", "text-00009.jsonl")) {
      Path foreign = Files.writeString(folder.resolve(name), "mine");
      assertThatThrownBy(() -> run(DType.F32, TEXT, folder, (read, limit) -> true))
          .hasMessageContaining(name + ": is no part of the capture there");
      assertThat(foreign).hasContent("mine");
      Files.delete(foreign);
    }
    assertThat(run(DType.F32, TEXT, folder, (read, limit) -> true).complete()).isTrue();
  }

  @Test
  void a_text_that_has_changed_is_refused_and_nothing_is_lost() throws IOException {
    Path folder = scratch.resolve("changed");
    run(DType.F32, TEXT, folder, (read, limit) -> read < 200);
    Map<String, byte[]> before = content(folder);
    DocumentSource changed =
        new DocumentSource() {
          @Override
          public String description() {
            return TEXT.description();
          }

          @Override
          public Stream<Document> open() throws IOException {
            return TEXT.open()
                .map(
                    document ->
                        document.name().equals("C5")
                            ? new Document("C5", document.text().replace('5', '6'))
                            : document);
          }
        };

    assertThatThrownBy(() -> run(DType.F32, changed, folder, (read, limit) -> true))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("text-00001.jsonl", "no longer");
    assertThat(content(folder).keySet()).isEqualTo(before.keySet());
  }

  @Test
  void an_activation_that_the_stored_type_cannot_hold_is_refused_by_hook_and_column()
      throws IOException {
    LanguageModel loud =
        (LanguageModel)
            Proxy.newProxyInstance(
                LanguageModel.class.getClassLoader(),
                new Class<?>[] {LanguageModel.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(model, arguments);
                  if (result instanceof Map<?, ?> captured
                      && captured.get(HOOKS.getFirst()) instanceof FloatRows rows) {
                    rows.values()[2 * 128 + 7] = 7e4f;
                  }
                  return result;
                });
    ShardedCapture capture = new ShardedCapture(loud, HOOKS, SETTINGS, DType.F16, 64);

    assertThatThrownBy(() -> run(capture, TEXT, scratch.resolve("loud"), (read, limit) -> true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("blocks.0.hook_resid_post", "70000", "column 7", "BF16");
    assertThat(content(scratch.resolve("loud"))).doesNotContainKey("shard-00000.safetensors");
    run(
        new ShardedCapture(loud, HOOKS, SETTINGS, DType.BF16, 64),
        TEXT,
        scratch.resolve("quiet"),
        (read, limit) -> true);
  }

  @Test
  void a_manifest_leads_to_no_file_outside_its_folder() throws IOException {
    Path folder = scratch.resolve("confined");
    run(DType.F16, TEXT, folder, (read, limit) -> true);
    Path manifest = folder.resolve("capture.json");
    String good = Files.readString(manifest);
    Path outside = scratch.resolve("shard-00001.safetensors");
    Files.move(folder.resolve("shard-00001.safetensors"), outside);
    for (String bad : List.of("../shard-00001.safetensors", outside.toString(), "", "../..")) {
      Files.writeString(manifest, good.replace("\"shard-00001.safetensors\"", '"' + bad + '"'));
      assertThatThrownBy(() -> CapturedShards.open(folder, HOOKS.getFirst()))
          .isInstanceOf(FormatException.class)
          .hasMessageContainingAll("capture.json: shards file", "'" + bad + "'", "leads out");
    }
    Files.writeString(manifest, good);
    Files.createSymbolicLink(folder.resolve("shard-00001.safetensors"), outside);
    assertThatThrownBy(() -> CapturedShards.open(folder, HOOKS.getFirst()))
        .hasMessageContainingAll("shard-00001.safetensors", "leads out");
    Files.delete(folder.resolve("shard-00001.safetensors"));
    Files.move(outside, folder.resolve("shard-00001.safetensors"));
    for (String bad : List.of(good + "{}", good.replaceFirst("\"rows\" : ", "\"rows\" : 1"))) {
      Files.writeString(manifest, bad);
      assertThatThrownBy(() -> CapturedShards.open(folder, HOOKS.getFirst()))
          .isInstanceOf(FormatException.class);
    }
  }

  @Test
  void a_manifest_that_contradicts_itself_or_its_shards_is_refused_by_field() throws IOException {
    Path folder = scratch.resolve("contradicting");
    run(DType.F32, TEXT, folder, (read, limit) -> true);
    Path manifest = folder.resolve("capture.json");
    String good = Files.readString(manifest);
    Map<String, String> contradictions =
        Map.of(
            good.replace("shard-00001.safetensors", "shard-00000.safetensors"),
            "capture.json: shards: name 'shard-00000.safetensors' twice",
            good.replaceFirst("\"width\" : \"(\\d+)\"", "\"width\" : \"1$1\""),
            "capture.json: width: is '1",
            good.replaceFirst("\"tokens\" : \\d+", "\"tokens\" : 1"),
            "capture.json: shards: give 'shard-00000.safetensors'");
    assertThat(contradictions).hasSize(3).doesNotContainKey(good);
    for (Map.Entry<String, String> each : contradictions.entrySet()) {
      Files.writeString(manifest, each.getKey());
      assertThatThrownBy(() -> CapturedShards.open(folder, HOOKS.getFirst()))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(each.getValue());
    }
  }

  @Test
  void other_settings_and_damaged_shards_are_refused_by_name() throws IOException {
    Path folder = scratch.resolve("f16");
    run(DType.F16, TEXT, folder, (read, limit) -> true);

    assertThatThrownBy(() -> run(DType.F32, TEXT, folder, (read, limit) -> true))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("capture.json: dtype", "F16", "F32");
    assertThatThrownBy(() -> CapturedShards.open(folder, HookPoint.residPost(3)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("blocks.3.hook_resid_post");
    byte[] shard = Files.readAllBytes(folder.resolve("shard-00002.safetensors"));
    shard[shard.length - 1] ^= 1;
    Files.write(folder.resolve("shard-00002.safetensors"), shard);
    assertThatThrownBy(() -> CapturedShards.open(folder, HOOKS.getFirst()))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("shard-00002.safetensors", "checksum");
    assertThatThrownBy(() -> new ShardedCapture(model, HOOKS, SETTINGS, DType.I64))
        .hasMessageContaining("I64");
  }

  private static Map<String, byte[]> content(Path folder) throws IOException {
    Map<String, byte[]> content = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (!file.endsWith(".sae4j.json")) {
          content.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
        }
      }
    }
    return content;
  }
}
