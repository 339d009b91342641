// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import sae4j.fuzzing.Fuzzing.Fault;

/// A command that writes, small enough to be run a thousand times.
///
/// @param name for messages
/// @param command with `IN` where [#inputs] are and `OUT` for the folder that it writes
/// @param again how it is gone on with after a kill that printed nothing
/// @param results the files by which two runs are compared; others hold times and paths
record Work(String name, String command, String again, Predicate<String> results) {

  /// The same command goes on with its own work.
  private Work(String name, String command, Predicate<String> results) {
    this(name, command, command, results);
  }

  private static boolean isWeights(String file) {
    return file.endsWith("sae_weights.safetensors") || file.endsWith("cfg.json");
  }

  /// Everything but what names a time, a place or a process.
  private static boolean isContent(String file) {
    return !file.contains(".sae4j.") && !file.endsWith("run.json");
  }

  /// All commands that write.
  static List<Work> all() {
    String capture =
        "capture --model %s --text IN/text --hook blocks.1.hook_resid_post --max-tokens 2000"
            .formatted(Specimens.model());
    String reading =
        " --sae IN/sae --model %s --text IN/text --max-tokens 400 --backend ejml"
            .formatted(Specimens.model());
    return List.of(
        new Work(
            "train",
            "train --backend ejml --activations IN/x.safetensors --architecture topk --k 3"
                + " --features 48 --steps 300 --batch 32 --checkpoint-every 0.02 --out OUT",
            "train --resume --out OUT",
            Work::isWeights),
        new Work(
            "capture",
            capture + " --context 16 --batch 2 --shard-tokens 64 --out OUT",
            Work::isContent),
        new Work("features", "features" + reading + " --out OUT", Work::isContent),
        new Work("toy", "toy --backend ejml --features 3 --steps 60 --out OUT", Work::isContent),
        new Work(
            "synth",
            "synth --backend ejml --true-features 16 --d-model 8 --features 12 --target-l0 2"
                + " --architectures topk,relu --steps 60 --batch 32 --samples 300 --out OUT",
            Work::isWeights),
        new Work(
            "sweep",
            "sweep --backend ejml --model %s --text IN/text --hook blocks.1.hook_resid_post"
                    .formatted(Specimens.model())
                + " --architectures topk --k 2,3 --features 24 --steps 40 --batch 32"
                + " --max-tokens 1500 --heldout-documents 2 --heldout-tokens 200 --out OUT",
            Work::isWeights));
  }

  /// Commands that write and refuse to write a second time.
  static List<Work> once() {
    return List.of(
        new Work("convert", "convert IN/sae OUT --to sparsify", Work::isContent),
        new Work(
            "intervene",
            "intervene --backend ejml --sae IN/sae --activations IN/x.safetensors"
                + " --feature 1 --scale 2 --out OUT",
            Work::isContent));
  }

  /// Makes what the commands read.
  static void inputs(Path in) throws IOException, Fault, InterruptedException {
    Path text = Files.createDirectories(in.resolve("text"));
    for (int i = 0; i < 8; i++) {
      Files.writeString(
          text.resolve("T" + i + ".java"),
          "class T%d { int x%d = %d; void f() { x%d += 1; } }\n".formatted(i, i, i, i).repeat(12));
    }
    Program.work(
        List.of(
            ("capture --model %s --text %s --hook blocks.1.hook_resid_post --max-tokens 400"
                    + " --context 32 --out %s")
                .formatted(Specimens.model(), text, in.resolve("cap"))
                .split(" ", -1)));
    Program.work(
        List.of(
            ("train --backend ejml --activations %s --architecture topk --k 3 --features 24"
                    + " --steps 4 --batch 32 --out %s")
                .formatted(in.resolve("cap"), in.resolve("sae"))
                .split(" ", -1)));
    try (var shards = Files.list(in.resolve("cap"))) {
      Path shard =
          shards.filter(each -> each.toString().endsWith(".safetensors")).findFirst().orElseThrow();
      Files.copy(shard, in.resolve("x.safetensors"));
    }
  }

  /// The words of a command.
  static List<String> words(String command, Path in, String out) {
    return List.of(command.replace("IN", in.toString()).replace("OUT", out).split(" ", -1));
  }

  /// What two runs are compared by.
  Map<String, Integer> result(Path out) throws IOException {
    return Trees.content(out, results);
  }
}
