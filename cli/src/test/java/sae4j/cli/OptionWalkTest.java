// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.terminal.Console;

/// All commands, in all situations in which their options mean something else, with all options and
/// all kinds of values: what has an effect is accepted, and what has none, or is no value, is
/// refused with exit code 2 and a line that names the option. Command lines that are right are only
/// checked, because many would take hours; of those that are wrong a part is run.
class OptionWalkTest {
  private static final List<String> VALUES =
      List.of(
          "xyzzy",
          "NaN",
          "Infinity",
          "1e308",
          "1e999",
          "2147483647",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "",
          "-1",
          "-1e9",
          "0",
          "1.5",
          "0x10",
          "1f",
          "٣",
          " 5");

  /// Of the lines that are refused, every so-manieth is also run, which comes to the same.
  private static final int RUN_EVERY = 7;

  private static final String[] IDLE_ON_ACTIVATIONS = {
    "--model",
    "--text",
    "--documents",
    "--context",
    "--buffer",
    "--bos",
    "--device",
    "--text-field",
    "--subset",
    "--split",
    "--chat-template",
    "--strict-text",
    "--max-unpacked"
  };
  private static final String[] OF_A_NAMED_TEXT = {
    "--text-field", "--subset", "--split", "--chat-template", "--strict-text", "--max-unpacked"
  };
  private static final String[] OF_A_READING = {
    "--documents", "--max-tokens", "--context", "--bos", "--device"
  };
  private static final String[] OF_E2E = {
    "--kl-weight", "--local-weight", "--downstream", "--downstream-weight"
  };
  private static final String[] OF_A_PENALTY = {"--l1", "--l1-warmup", "--l1-end", "--target-l0"};

  private static Situation train(String line) {
    Situation situation = Situation.of("train --features=8 --out=o " + line).idle("--expansion");
    for (String steps : List.of("--lr-warmup", "--lr-decay", "--l1-warmup", "--resample")) {
      situation = situation.where(steps, Domain.NOT_NEGATIVE_LONG.upTo(1000));
    }
    return situation
        .where("--target-l0", Domain.NOT_NEGATIVE_REAL.upTo(8))
        .where("--k", Domain.POSITIVE.upTo(8))
        .where("--resume", Domain.FLAG);
  }

  private static final List<Situation> SITUATIONS =
      List.of(
          Situation.of("demo"),
          Situation.of("capture --hook=blocks.0.hook_resid_post --out=o").idle(OF_A_NAMED_TEXT),
          train("--activations=a")
              .idle(IDLE_ON_ACTIVATIONS)
              .idle(OF_E2E)
              .idle("--k", "--lr-cycles", "--decoder-norm", "--target-hook")
              .where("--objective", Domain.oneOf("local"))
              .where("--architecture", Domain.oneOf("relu", "gated", "jumprelu", "p-anneal")),
          train("--activations=a --architecture=topk --k=4")
              .idle(IDLE_ON_ACTIVATIONS)
              .idle(OF_E2E)
              .idle(OF_A_PENALTY)
              .idle("--lr-cycles", "--decoder-norm", "--target-hook")
              .where("--objective", Domain.oneOf("local")),
          train("--activations=a --architecture=jumprelu --target-l0=4 --lr-schedule=restarts")
              .where("--lr-cycles", Domain.POSITIVE.upTo(1000))
              .idle(IDLE_ON_ACTIVATIONS)
              .idle(OF_E2E)
              .idle("--k", "--l1", "--decoder-norm", "--target-hook")
              .where("--objective", Domain.oneOf("local")),
          train("--activations=a --tied-encoder")
              .idle(IDLE_ON_ACTIVATIONS)
              .idle(OF_E2E)
              .idle("--k", "--lr-cycles", "--target-hook", "--init-from")
              .where("--objective", Domain.oneOf("local"))
              .where("--architecture", Domain.oneOf("relu", "gated", "jumprelu", "p-anneal")),
          train("--activations=a --init-from=b")
              .idle(IDLE_ON_ACTIVATIONS)
              .idle(OF_E2E)
              .idle("--decoder-init", "--decoder-norm", "--tied-encoder", "--decoder-bias")
              .idle("--k", "--lr-cycles", "--target-hook")
              .where("--objective", Domain.oneOf("local"))
              .where("--architecture", Domain.oneOf("relu", "gated", "jumprelu", "p-anneal")),
          train("--activations=a --no-unit-norm-decoder")
              .idle(IDLE_ON_ACTIVATIONS)
              .idle(OF_E2E)
              .idle("--k", "--lr-cycles", "--target-hook", "--unit-norm-decoder")
              .where("--objective", Domain.oneOf("local"))
              .where("--architecture", Domain.oneOf("relu", "gated", "jumprelu", "p-anneal")),
          train(
                  "--activations=a --architecture=transcoder --k=4 --hook=blocks.1.hook_resid_mid"
                      + " --target-hook=blocks.1.hook_mlp_out")
              .idle(IDLE_ON_ACTIVATIONS)
              .idle(OF_E2E)
              .idle(OF_A_PENALTY)
              .idle("--lr-cycles", "--decoder-norm", "--tied-encoder", "--resample")
              .where("--objective", Domain.oneOf("local"))
              .where("--normalise", Domain.oneOf("none", "expected-average"))
              .where("--set", Domain.oneOf("skip=true")),
          train("--model=m --hook=blocks.0.hook_resid_post")
              .idle(OF_A_NAMED_TEXT)
              .idle(OF_E2E)
              .idle("--activations", "--tensor", "--k", "--lr-cycles", "--decoder-norm")
              .idle("--target-hook")
              .where("--architecture", Domain.oneOf("relu", "gated", "jumprelu", "p-anneal")),
          train("--text=t --hook=blocks.0.hook_resid_post --objective=e2e")
              .idle("--activations", "--tensor", "--k", "--lr-cycles", "--decoder-norm")
              .idle("--target-hook", "--buffer", "--downstream", "--downstream-weight", "--also")
              .where("--architecture", Domain.oneOf("relu", "gated", "jumprelu", "p-anneal")),
          train("--model=m --hook=blocks.0.hook_resid_post --objective=e2e-downstream")
              .idle(OF_A_NAMED_TEXT)
              .idle("--activations", "--tensor", "--k", "--lr-cycles", "--decoder-norm")
              .idle("--target-hook", "--buffer", "--also")
              .where("--architecture", Domain.oneOf("relu", "gated", "jumprelu", "p-anneal")),
          Situation.of("eval --sae=s --activations=a")
              .idle("--model", "--text")
              .idle(OF_A_READING)
              .idle(OF_A_NAMED_TEXT),
          Situation.of("eval --sae=s --model=m")
              .idle("--activations", "--tensor", "--batch")
              .idle(OF_A_NAMED_TEXT),
          Situation.of("check --sae=s").idle(OF_A_NAMED_TEXT),
          Situation.of("check --sae=s --model=m --text=t"),
          Situation.of("sweep --out=o")
              .idle(OF_A_NAMED_TEXT)
              .idle("--l1", "--k") // one of them leaves the other architectures without a sparsity
              .where("--target-l0", Domain.POSITIVE.upTo(1024))
              .where("--features", Domain.ints(128)),
          Situation.of("sweep --out=o --architectures=topk --features=64 --k=8")
              .idle(OF_A_NAMED_TEXT)
              .idle("--l1", "--target-l0")
              .where("--k", Domain.POSITIVE.upTo(64))
              .where("--features", Domain.ints(8)),
          Situation.of("sweep --out=o --architectures=relu --l1=0.5 --text=t")
              .idle("--k", "--target-l0"),
          Situation.of("inspect --sae=s --feature=3")
              .idle("--tensor", "--hook", "--allow-mismatch")
              .idle(OF_A_READING)
              .idle(OF_A_NAMED_TEXT),
          Situation.of("inspect --sae=s --feature=3 --activations=a")
              .idle("--model", "--text")
              .idle(OF_A_READING)
              .idle(OF_A_NAMED_TEXT),
          Situation.of("inspect --sae=s --feature=3 --text=t").idle("--activations", "--tensor"),
          Situation.of("features --sae=s --out=o")
              .idle("--tensor", "--source-set")
              .idle(OF_A_NAMED_TEXT),
          Situation.of("features --sae=s --out=o --activations=a --export=neuronpedia")
              .idle("--text")
              .idle(OF_A_READING)
              .idle(OF_A_NAMED_TEXT),
          Situation.of("serve --sae=s"),
          Situation.of("truth --sae=s").idle(OF_A_NAMED_TEXT),
          Situation.of("truth --sae=s --json --text=t").idle("--show"),
          Situation.of("intervene --sae=s --activations=a --feature=3 --scale=2 --out=o"),
          Situation.of("steer --sae=s --feature=3:1 --prompt=p").idle("--seed", "--scale"),
          Situation.of("steer --sae=s --feature=3 --scale=2 --temperature=1 --prompt=p")
              .where("--feature", Domain.like("3", "\\d{1,9}(:-?\\d{1,9}(\\.\\d+)?)?")),
          Situation.of("info p"),
          Situation.of("suites"),
          Situation.of("convert a b --to=saelens"),
          Situation.of("article"),
          Situation.of("toy")
              .where("--d-model", Domain.POSITIVE.upTo(Integer.MAX_VALUE / 20_000))
              .where("--features", Domain.POSITIVE.upTo(46_340))
              .where("--true-features", Domain.POSITIVE.upTo(46_340)),
          Situation.of("synth")
              .where("--d-model", Domain.ints(2).upTo(46_340))
              .where("--features", Domain.ints(5).upTo(Integer.MAX_VALUE / 512))
              .where("--true-features", Domain.ints(2).upTo(Integer.MAX_VALUE / 512))
              .where("--batch", Domain.POSITIVE.upTo(Integer.MAX_VALUE / 1024))
              .where("--steps", Domain.POSITIVE_LONG.upTo(1_000_000_000_000_000L))
              .where("--target-l0", Domain.POSITIVE.upTo(512)),
          Situation.of("backends"),
          Situation.of("hub where tiny/llama"),
          bench("--features=64").idle("--k").where("--l0", Domain.POSITIVE.upTo(64)),
          bench("--architecture=gated --features=64")
              .idle("--k")
              .where("--l0", Domain.POSITIVE.upTo(64)),
          bench("--architecture=jumprelu --features=64")
              .idle("--k")
              .where("--l0", Domain.POSITIVE.upTo(64)),
          bench("--architecture=batchtopk --features=64 --k=8")
              .idle("--l0")
              .where("--k", Domain.POSITIVE.upTo(64))
              .where("--features", Domain.ints(8).upTo(Integer.MAX_VALUE / 4096)));

  private static Situation bench(String options) {
    return Situation.of("bench " + options)
        .where("--features", Domain.ints(1).upTo(Integer.MAX_VALUE / 4096))
        .where("--d-model", Domain.POSITIVE.upTo(Integer.MAX_VALUE / 8192))
        .where("--batch", Domain.POSITIVE.upTo(Integer.MAX_VALUE / 2 / 768));
  }

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Console console =
      new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, 80);
  private final List<String> wrong = new ArrayList<>();
  private int tried;
  private int refused;

  private static CommandSpec spec(String command) {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    CommandLine commands = SaeProgram.commandLine(new Console(nowhere, nowhere, false, 80));
    return requireNonNull(commands.getSubcommands().get(command)).getCommandSpec();
  }

  @Test
  void every_option_has_an_effect_or_is_refused_by_its_name() throws IOException {
    Set<String> before = content();
    for (Situation situation : SITUATIONS) {
      expect(situation, true, "", situation.with());
      for (OptionSpec option : spec(situation.command()).options()) {
        if (!option.usageHelp() && !option.longestName().equals("--resume")) {
          walk(situation, option);
        }
      }
    }
    assertThat(content()).isEqualTo(before);
    System.out.printf(
        "%,d command lines of %d situations: %,d refused, %,d accepted%n",
        tried, SITUATIONS.size(), refused, tried - refused);
    assertThat(wrong).isEmpty();
    assertThat(tried).isGreaterThan(5_000);
    assertThat(refused).isGreaterThan(3_000);
  }

  private void walk(Situation situation, OptionSpec option) {
    String name = option.longestName();
    Domain domain = OptionDomains.of(situation, name);
    boolean given = situation.given().containsKey(name);
    boolean idle = situation.idle().contains(name);
    if (option.arity().max() == 0) {
      expect(situation, !given && !idle, name, situation.with(name));
      expect(situation, false, name, situation.with(name, name));
      return;
    }
    for (String value : VALUES) {
      String[] line = given ? situation.replacing(name, value) : situation.with(name + "=" + value);
      expect(situation, domain.accepts().test(value) && !idle, name, line);
    }
    String example = name + "=" + domain.example();
    if (given) {
      boolean repeatable = option.isMultiValue() || option.group() != null;
      String again = name + "=" + situation.given().get(name);
      if (!repeatable || option.group() == null) {
        expect(situation, false, name, situation.with(again));
      }
    } else {
      expect(situation, !idle, name, situation.with(example));
      if (option.group() == null) {
        expect(situation, false, name, situation.with(example, example));
      }
    }
  }

  /// Checks a command line, and runs it if it is to be refused.
  private void expect(Situation situation, boolean right, String option, String... line) {
    tried++;
    int code = outcome(true, line);
    String said = err.toString();
    if (code == 2) {
      refused++;
      if (refused % RUN_EVERY == 0) {
        code = outcome(false, line);
      }
    }
    boolean asItShouldBe =
        right
            ? code == 0 && said.isEmpty()
            : code == 2
                && said.startsWith("sae " + situation.command() + ": ")
                && said.lines().count() == 1
                && said.contains(option)
                && said.equals(err.toString());
    if (!asItShouldBe || !out.toString().isEmpty()) {
      wrong.add(
          "%s: %s, exit %d: %s"
              .formatted(String.join(" ", line), right ? "right" : "wrong", code, said.strip()));
    }
  }

  private int outcome(boolean onlyChecked, String... line) {
    err.getBuffer().setLength(0);
    out.getBuffer().setLength(0);
    return onlyChecked ? SaeProgram.check(console, line) : SaeProgram.run(console, line);
  }

  private Set<String> content() throws IOException {
    try (var files = Files.list(Path.of(""))) {
      return files.map(Path::toString).collect(Collectors.toSet());
    }
  }

  @Test
  void every_number_is_read_by_the_type_of_its_range() {
    SaeProgram.commandLine(console)
        .getSubcommands()
        .forEach(
            (name, command) -> {
              for (OptionSpec option : command.getCommandSpec().options()) {
                Class<?> type = option.isMultiValue() ? option.auxiliaryTypes()[0] : option.type();
                if ((type.isPrimitive() && type != boolean.class)
                    || Number.class.isAssignableFrom(type)) {
                  assertThat(option.converters()).as(name + " " + option.longestName()).hasSize(1);
                  assertThat(option.converters()[0])
                      .isInstanceOfAny(
                          Numbers.Ints.class, Numbers.Longs.class, Numbers.Reals.class);
                }
              }
            });
  }

  @Test
  void an_option_that_is_not_in_the_table_fails_the_walk() {
    Map<String, Situation> byCommand =
        SITUATIONS.stream()
            .collect(Collectors.toMap(Situation::command, each -> each, (first, second) -> first));
    assertThat(byCommand.keySet())
        .isEqualTo(SaeProgram.commandLine(console).getSubcommands().keySet());
  }
}
