// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.acceptance.Launcher.Ended;

/// A run with `--init-from` begins with the explained variance of the SAE that it begins from,
/// whatever the options of the two runs, or is refused by what differs.
class InitFromTest {
  private static final String ACTIVATIONS = "toy/activations.safetensors";

  @TempDir private static Path folder = Path.of("");
  private static Launcher sae = new Launcher(folder, folder, Map.of());

  @BeforeAll
  static void make_activations() throws Exception {
    sae = Launcher.ofProject(folder);
    assertThat(sae.run("toy", "--backend", "ejml", "--out", "toy").exitCode()).isZero();
  }

  private static Ended train(String out, String options) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("train", "--backend", "ejml", "--activations", ACTIVATIONS, "--out", out));
    arguments.addAll(Arrays.asList(options.split(" ", -1)));
    return sae.run(arguments.toArray(String[]::new));
  }

  private static double explained(String out) throws Exception {
    Ended ended = sae.run("eval", "--sae", out, "--activations", ACTIVATIONS, "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended.json().get("explained_variance").doubleValue();
  }

  @ParameterizedTest
  @CsvSource({
    "relu,      --normalise none --no-unit-norm-decoder --set subtract-decoder-bias=true, ''",
    "relu,      '',                                   --normalise none --average 0.9",
    "topk,      --k 2 --normalise none,               --k 2",
    "batchtopk, --k 2,                                --k 2 --normalise none --average 0.9",
    "jumprelu,  --normalise layer-norm,               --normalise layer-norm",
  })
  void a_step_that_moves_nothing_keeps_the_explained_variance(
      String architecture, String before, String after) throws Exception {
    String name = architecture + before.length();
    String common = "--architecture " + architecture + " --features 8 --batch 128";
    String penalty = architecture.endsWith("topk") ? "" : " --l1 0.3";
    Ended trained = train(name, (common + penalty + " --steps 300 " + before).strip());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Ended begun =
        train(
            name + "-on",
            (common + " --steps 1 --lr 1e-12 --init-from " + name + " " + after).strip());
    assertThat(begun.exitCode()).as(begun.err()).isZero();
    assertThat(explained(name)).isGreaterThan(0.2);
    assertThat(explained(name + "-on"))
        .isCloseTo(explained(name), within(architecture.equals("batchtopk") ? 0.01 : 1e-5));
  }

  @Test
  void another_k_and_another_activation_are_refused_by_name_and_leave_nothing() throws Exception {
    String common = "--architecture topk --features 8 --batch 128 --steps 1";
    assertThat(train("two", common + " --k 2").exitCode()).isZero();
    Ended k = train("three", common + " --k 3 --init-from two");
    assertThat(k.exitCode()).isEqualTo(1);
    assertThat(k.err().lines().toList().getLast())
        .contains("--init-from two: its k is 2", "train 3; train with --k 2");
    Ended relu = train("four", "--features 8 --batch 128 --steps 1 --init-from two");
    assertThat(relu.exitCode()).isEqualTo(1);
    assertThat(relu.err().lines().toList().getLast())
        .contains("its codes are topk", "train relu; train with --architecture topk");
    assertThat(folder.resolve("three")).doesNotExist();
    assertThat(folder.resolve("four")).doesNotExist();
  }
}
