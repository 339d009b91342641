// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.DType;
import sae4j.files.TensorData;
import sae4j.files.numpy.Npy;
import sae4j.files.numpy.Npz;
import sae4j.files.safetensors.Safetensors;
import sae4j.files.torch.Torch;
import sae4j.fuzzing.Fuzzing.Fault;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.formats.SaeFormat;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;

/// Files of every kind that the program reads, made by the program itself.
final class Specimens {
  static final int WIDTH = 32;
  private static final int ROWS = 48;
  private static final String HOOK = "blocks.1.hook_resid_post";

  private final Path folder;
  private final List<Specimen> all = new ArrayList<>();

  private Specimens(Path folder) {
    this.folder = folder;
  }

  /// Makes them.
  ///
  /// @param folder gets the sound files
  static List<Specimen> in(Path folder) throws IOException, Fault, InterruptedException {
    Specimens specimens = new Specimens(folder);
    specimens.make();
    return specimens.all;
  }

  /// A tiny language model of the project's own tests.
  static Path model() {
    return Launched.projectRoot().resolve("backends/onnxruntime/src/test/resources/fixtures/gpt2");
  }

  private Path fresh(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  private void add(String name, Path sound, List<String> files, String command, String... results)
      throws IOException, Fault, InterruptedException {
    all.add(Specimen.of(name, sound, files, List.of(command.split(" ", -1)), List.of(results)));
  }

  private static float[] activations() {
    SplittableRandom random = new SplittableRandom(7);
    float[] values = new float[ROWS * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private void make() throws IOException, Fault, InterruptedException {
    TensorData rows = TensorData.floats("activations", activations(), ROWS, WIDTH);
    Path x = fresh("sound").resolve("x.safetensors");
    Safetensors.write(x, Map.of(), List.of(rows));
    Path sae = folder.resolve("sound/sae");
    Program.work(
        List.of(
            ("train --backend ejml --threads 1 --activations %s --architecture topk --features 12"
                    + " --k 3 --steps 4 --batch 16 --out %s")
                .formatted(x, sae)
                .split(" ", -1)));
    String evaluate = "eval --backend ejml --threads 1 --json --sae ";
    stored(rows, evaluate + sae + " --activations @/");
    saes(evaluate, x);
    Path text = folder.resolve("sound/text.txt");
    Files.writeString(text, "class A { int x = 1; } // words\n".repeat(12));
    captured(text, evaluate + sae);
    run(x);
    model(text, evaluate + sae);
    texts(evaluate + sae);
  }

  private void stored(TensorData rows, String command)
      throws IOException, Fault, InterruptedException {
    Path f32 = fresh("f32").resolve("x.safetensors");
    Safetensors.write(f32, Map.of("made", "here"), List.of(rows));
    Path bf16 = fresh("bf16").resolve("x.safetensors");
    Safetensors.write(bf16, Map.of(), List.of(rows.as(DType.BF16)));
    Npy.write(fresh("npy").resolve("x.npy"), rows);
    Npz.write(fresh("npz").resolve("x.npz"), List.of(rows));
    Torch.write(fresh("pt").resolve("x.pt"), Map.of("activations", rows));
    for (String kind : List.of("f32", "bf16", "npy", "npz", "pt")) {
      String file = kind.startsWith("n") || kind.equals("pt") ? "x." + kind : "x.safetensors";
      add("activations " + kind, folder.resolve(kind), List.of(file), command + file);
    }
  }

  private void saes(String evaluate, Path x) throws IOException, Fault, InterruptedException {
    for (Architecture architecture : Architectures.all()) {
      Map<String, String> settings = new TreeMap<>();
      if (architecture.settings().contains(Setting.K)) {
        settings.put("k", "3");
      }
      SaeWeights weights =
          SaeWeights.of(
              Architectures.create(
                  WIDTH, new SaeOptions(architecture.name(), 12, settings), new EjmlBackend(), 3),
              new Origin("tiny", HOOK));
      for (SaeFormat format : SaeFormats.all()) {
        if (format.refusal(weights).isEmpty()) {
          String name = format.name() + "-" + architecture.name();
          Path sound = fresh(name);
          String inFolder = format.name().equals("qwen-scope") ? "/SAE-L0_3" : "";
          String written = "specimen" + (format.writesFolder(sound) ? inFolder : ".pt");
          SaeFormats.write(format, sound.resolve(written), weights);
          List<String> files = new ArrayList<>();
          for (Path each : Trees.all(sound)) {
            if (Files.isRegularFile(each)) {
              files.add(sound.relativize(each).toString());
            }
          }
          add(
              "SAE " + name,
              sound,
              files,
              architecture.reconstructsInput()
                  ? evaluate + "@/" + written + " --activations " + x
                  : "info --json @/" + written);
        }
      }
    }
  }

  private void captured(Path text, String evaluate)
      throws IOException, Fault, InterruptedException {
    Path sound = fresh("captured");
    Program.work(
        List.of(
            ("capture --model %s --text %s --hook %s --max-tokens 120 --context 16 --batch 4"
                    + " --shard-tokens 64 --out %s/cap")
                .formatted(model(), text, HOOK, sound)
                .split(" ", -1)));
    List<String> files =
        List.of(
            "cap/capture.json",
            "cap/shard-00000.safetensors",
            "cap/shard-00001.safetensors",
            "cap/text-00000.jsonl");
    add("capture", sound, files, evaluate + " --activations @/cap");
    add(
        "capture trained on",
        sound,
        files,
        "train --backend ejml --threads 1 --architecture topk --features 12 --k 3 --steps 2"
            + " --batch 16 --activations @/cap --out @/out",
        "out/sae_weights.safetensors");
  }

  private void run(Path x) throws IOException, Fault, InterruptedException {
    Path sound = fresh("run");
    Program.work(
        List.of(
            ("train --backend ejml --threads 1 --activations %s --architecture batchtopk"
                    + " --features 12 --k 3 --steps 3 --batch 16 --average 0.9 --out %s/run")
                .formatted(x, sound)
                .split(" ", -1)));
    add(
        "run",
        sound,
        List.of(
            "run/checkpoint.safetensors", "run/run.json", "run/history.jsonl", "run/.sae4j.json"),
        "train --resume --steps 5 --out @/run",
        "run/sae_weights.safetensors",
        "run/cfg.json");
  }

  private void model(Path text, String evaluate) throws IOException, Fault, InterruptedException {
    Path sound = fresh("model-folder");
    List<String> files = new ArrayList<>();
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.createDirectories(sound.resolve("model"));
      Files.copy(model().resolve(file), sound.resolve("model").resolve(file));
      files.add("model/" + file);
    }
    add(
        "model folder",
        sound,
        files,
        evaluate + " --hook " + HOOK + " --max-tokens 60 --text " + text + " --model @/model");
  }

  private void texts(String evaluate) throws IOException, Fault, InterruptedException {
    String lines = "{\"text\": \"int x = 1; \\u00e9 \\ud83d\\ude00\"}\n".repeat(8);
    byte[] json = lines.getBytes(StandardCharsets.UTF_8);
    Files.write(fresh("jsonl").resolve("t.jsonl"), json);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(json);
    }
    Files.write(fresh("gz").resolve("t.jsonl.gz"), packed.toByteArray());
    Files.writeString(fresh("raw").resolve("t.txt"), "grüße \ud83d\ude00 int x = 1;\n".repeat(8));
    Path written =
        Launched.projectRoot()
            .resolve("reference/activations/src/test/resources/parquet/plain.parquet");
    Files.copy(written, fresh("parquet").resolve("t.parquet"));
    for (String file :
        List.of("jsonl/t.jsonl", "gz/t.jsonl.gz", "raw/t.txt", "parquet/t.parquet")) {
      int slash = file.indexOf('/');
      add(
          "text " + file.substring(0, slash),
          folder.resolve(file.substring(0, slash)),
          List.of(file.substring(slash + 1)),
          "%s --hook %s --max-tokens 5000 --model %s --text @/%s"
              .formatted(evaluate, HOOK, model(), file.substring(slash + 1)));
    }
  }
}
