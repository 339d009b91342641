// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.fuzzing.Fuzzing.Fault;

/// Options in any combination, as help lists them: the exit code is 0, 1 or 2, a failure is one
/// line, a command line that makes no sense changes nothing, and nothing foreign is touched.
///
/// `serve` waits for visitors, and `demo` and `bench` take minutes: what their options may be is
/// tested where the options are.
class OptionCombinationsTest {
  private static final Pattern OPTION = Pattern.compile("(?m)^ +(?:-\\w, )?(--[a-z0-9-]+)(=)?");
  private static final List<String> LONG = List.of("serve", "demo", "bench");
  private static final List<String> NOT_DRAWN = List.of("--stacktrace", "--help", "--version");

  /// Absurd, borderline and plain values; none that would let a small command run for an hour.
  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "2",
          "3",
          "-1",
          "0.5",
          "1e-3",
          "NaN",
          "Infinity",
          "-0",
          "1e400",
          "0x10",
          "١",
          "99999999999999999999",
          "",
          " ",
          "x",
          "topk",
          "relu,topk",
          "2,3",
          "none",
          "auto",
          "ejml",
          "blocks.0.hook_resid_post",
          "blocks.9.hook_mlp_out",
          "1:2",
          "5:",
          ":",
          "0:1e9",
          "k=2",
          "k=2 k=3",
          "nonsense=1",
          "--out",
          "/proc/nothing",
          "IN/x.safetensors",
          "IN/sae",
          "IN/cap",
          "IN/text",
          "IN/foreign",
          "IN/foreign/note.txt",
          "OUT",
          "OUT/below",
          "NEW");

  /// Values that make sense for some option.
  private static final List<String> PLAIN =
      List.of(
          "0",
          "1",
          "2",
          "3",
          "0.5",
          "1e-3",
          "1:2",
          "topk",
          "relu,topk",
          "none",
          "auto",
          "ejml",
          "blocks.0.hook_resid_post",
          "IN/x.safetensors",
          "IN/sae",
          "IN/cap",
          "IN/text",
          "OUT");

  /// What --out may be, so that a case stays in its folder.
  private static final Pattern PLACE = Pattern.compile("|IN.*|OUT.*|NEW|/proc/.*");

  @TempDir private Path folder = Path.of("");

  private static Map<String, String> bases() {
    Map<String, String> bases = new LinkedHashMap<>();
    String model = " --model " + Specimens.model();
    String hook = " --hook blocks.1.hook_resid_post";
    bases.put(
        "train",
        "--activations IN/x.safetensors --features 8 --steps 2 --batch 8 --backend ejml --out OUT");
    bases.put("eval", "--sae IN/sae --activations IN/x.safetensors --backend ejml --max-tokens 40");
    bases.put("capture", model + hook + " --text IN/text --max-tokens 40 --context 16 --out OUT");
    bases.put(
        "features",
        "--sae IN/sae" + model + " --text IN/text --max-tokens 40 --backend ejml --out OUT");
    bases.put("inspect", "--sae IN/sae --feature 0 --backend ejml --max-tokens 40");
    bases.put(
        "intervene",
        "--sae IN/sae --activations IN/x.safetensors --feature 0 --scale 1 --backend ejml --out"
            + " NEW.safetensors");
    bases.put(
        "steer",
        "--sae IN/sae --feature 0:2 --prompt x" + model + " --max-tokens 3 --backend ejml");
    bases.put(
        "check", "--sae IN/sae" + model + hook + " --text IN/text --max-tokens 128 --backend ejml");
    bases.put("suites", "gemma");
    bases.put("info", "IN/sae");
    bases.put("convert", "--to sparsify IN/sae OUT");
    bases.put("article", "--out OUT");
    bases.put("toy", "--features 3 --steps 2 --backend ejml --out OUT");
    bases.put(
        "synth",
        "--true-features 8 --d-model 4 --features 6 --target-l0 2 --architectures topk --steps 2"
            + " --batch 8 --samples 20 --backend ejml --out OUT");
    bases.put(
        "sweep",
        "--architectures topk --k 2 --features 8 --steps 2 --batch 8 --text IN/text --max-tokens"
            + " 200 --heldout-documents 2 --heldout-tokens 40 --backend ejml --out OUT"
            + model
            + hook);
    bases.put("truth", "--sae IN/sae" + model + " --text IN/text --max-tokens 300 --backend ejml");
    bases.put("backends", "");
    bases.put("hub", "where tiny/llama");
    return bases;
  }

  /// The options that a command's help lists, and whether each takes a value.
  private static Map<String, Boolean> options(String command) throws Fault, InterruptedException {
    Map<String, Boolean> options = new LinkedHashMap<>();
    List<MatchResult> found =
        OPTION.matcher(Program.work(List.of(command, "--help")).out()).results().toList();
    for (MatchResult each : found) {
      options.put(each.group(1), each.group(2) != null);
    }
    NOT_DRAWN.forEach(options::remove);
    return options;
  }

  @Test
  void a_failure_is_one_line_and_senseless_options_change_nothing() throws Exception {
    Path in = Files.createDirectory(folder.resolve("in"));
    Work.inputs(in);
    Map<String, Map<String, Boolean>> options = new LinkedHashMap<>();
    for (String command : bases().keySet()) {
      options.put(command, options(command));
    }
    String listed = Program.work(List.of("--help")).out();
    for (MatchResult each :
        Pattern.compile("(?m)^  ([a-z]+)  ").matcher(listed).results().toList()) {
      if (!LONG.contains(each.group(1)) && !options.containsKey(each.group(1))) {
        throw new IllegalStateException("no base for sae " + each.group(1));
      }
    }
    new Fuzzing(getClass())
        .run(
            Files.createDirectory(folder.resolve("cases")),
            (own, random) -> combined(options, in, own, random));
  }

  private static String combined(
      Map<String, Map<String, Boolean>> options, Path sound, Path own, SplittableRandom random)
      throws IOException, Fault, InterruptedException {
    List<String> commands = List.copyOf(options.keySet());
    String command = commands.get(random.nextInt(commands.size()));
    Path in = own.resolve("in");
    Trees.copy(sound, in);
    Files.createDirectories(in.resolve("foreign"));
    Files.writeString(in.resolve("foreign/note.txt"), "somebody's");
    List<String> words = drawn(command, Objects.requireNonNull(options.get(command)), random);
    List<String> placed =
        words.stream()
            .map(
                word ->
                    word.replace("IN", in.toString())
                        .replace("OUT", own.resolve("out").toString())
                        .replace("NEW", own.resolve("new").toString()))
            .toList();
    Map<String, Integer> before = Trees.content(own, name -> true);
    Ended ended = Program.run(placed);
    String line = "%n    sae %s".formatted(String.join(" ", words));
    boolean verdict = command.equals("check") && ended.exitCode() == 1 && !ended.out().isBlank();
    try {
      (verdict ? new Ended(0, ended.out(), ended.err()) : ended).requirePlainWords();
    } catch (Fault fault) {
      throw new Fault(fault.getMessage() + line);
    }
    Map<String, Integer> after = Trees.content(own, name -> true);
    for (Map.Entry<String, Integer> each : before.entrySet()) {
      if (each.getKey().endsWith(".sae4j.json") && ended.exitCode() == 0) {
        continue; // a mark says what was added
      }
      boolean ours = placed.stream().anyMatch(word -> word.contains(in.resolve("sae").toString()));
      if (!each.getValue().equals(after.get(each.getKey()))
          && !(ours && each.getKey().startsWith("in/sae") && ended.exitCode() != 2)) {
        throw new Fault(
            "exit %d, and %s was changed or taken away%s"
                .formatted(ended.exitCode(), each.getKey(), line));
      }
    }
    if (ended.exitCode() != 0 && !after.equals(before)) {
      after.keySet().removeAll(before.keySet());
      if (ended.exitCode() == 2) {
        throw new Fault("exit 2, and there is %s%s".formatted(after.keySet(), line));
      }
      for (String left : after.keySet()) {
        if (left.contains(".partial") || left.contains(".lock")) {
          throw new Fault("exit 1, and there is %s%s".formatted(left, line));
        }
      }
    }
    return "exit " + ended.exitCode();
  }

  /// The base of a command with one option to four added, replaced, left out or given twice.
  private static List<String> drawn(
      String command, Map<String, Boolean> options, SplittableRandom random) {
    List<String> words = new ArrayList<>();
    String base = Objects.requireNonNull(bases().get(command)).strip();
    if (!base.isEmpty()) {
      words.addAll(List.of(base.split(" +", -1)));
    }
    List<String> names = List.copyOf(options.keySet());
    int changes = random.nextInt(1, 4);
    for (int i = 0; i < changes; i++) {
      String name = names.get(random.nextInt(names.size()));
      List<String> values = random.nextInt(3) > 0 ? PLAIN : VALUES;
      String value = values.get(random.nextInt(values.size()));
      if (name.equals("--out") && !PLACE.matcher(value).matches()) {
        continue; // it would be a folder here, where the tests run
      }
      int at = words.indexOf(name);
      if (at >= 0 && Boolean.TRUE.equals(options.get(name)) && random.nextInt(4) > 0) {
        words.set(at + 1, value);
      } else if (Boolean.TRUE.equals(options.get(name))) {
        words.add(random.nextBoolean() ? name + "=" + value : name);
        if (words.getLast().equals(name)) {
          words.add(value);
        }
      } else {
        words.add(name);
      }
    }
    words.addFirst(command);
    return words;
  }
}
