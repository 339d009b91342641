// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// A trained SAE is converted into other tools' formats and back.
class FormatsTest {
  @TempDir private static Path folder = Path.of("");
  private static Launcher sae = new Launcher(folder, folder, java.util.Map.of());

  @BeforeAll
  static void make_a_toy() throws Exception {
    sae = Launcher.ofProject(folder);
    Ended ended = sae.run("toy", "--backend", "ejml", "--steps", "50", "--out", "toy");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
  }

  @Test
  void an_sae_goes_to_dictionary_learning_and_back_bit_for_bit() throws Exception {
    Ended there = sae.run("convert", "toy/sae", "there", "--to", "dictionary-learning", "--json");
    assertThat(there.exitCode()).as(there.err()).isZero();
    assertThat(there.json().get("from").textValue()).isEqualTo("saelens");
    assertThat(there.json().get("notes")).isEmpty();
    Ended back =
        sae.run("convert", "there", "back", "--from", "dictionary-learning", "--to", "saelens");
    assertThat(back.exitCode()).as(back.err()).isZero();
    assertThat(back.out().strip()).isEqualTo("back");
    assertThat(back.err()).contains("bit for bit");
    assertThat(folder.resolve("back/sae_weights.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("toy/sae/sae_weights.safetensors"));
    Ended evaluated =
        sae.run(
            "eval",
            "--backend",
            "ejml",
            "--sae",
            "there",
            "--activations",
            "toy/activations.safetensors",
            "--json");
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
  }

  @Test
  void info_says_what_is_in_the_files() throws Exception {
    JsonNode info = sae.run("info", "toy/sae", "--json").json();
    assertThat(info.get("format").textValue()).isEqualTo("saelens");
    assertThat(info.get("architecture").textValue()).isEqualTo("relu");
    assertThat(info.get("d_in").intValue()).isEqualTo(2);
    assertThat(info.get("features").intValue()).isEqualTo(5);
    assertThat(info.get("tensors").get("W_dec").textValue()).isEqualTo("F32[5, 2]");
    assertThat(info.get("decoder_norms").get("min").doubleValue()).isPositive();
    Ended shown = sae.run("info", "toy/sae");
    assertThat(shown.out()).contains("relu SAE", "decoder norms", "b_enc");
  }

  @Test
  void what_cannot_be_is_refused_in_one_line_and_leaves_nothing() throws Exception {
    refused(1, "sparsify cannot hold this relu SAE", "toy/sae", "a", "--to", "sparsify");
    refused(1, "is already there", "toy/sae", "toy", "--to", "gemma-scope");
    refused(2, "unknown format 'gemma'", "toy/sae", "a", "--to", "gemma");
    refused(1, "folders in it do: sae", "toy", "a", "--to", "gemma-scope");
    refused(1, "no such file", "none", "a", "--to", "gemma-scope");
    assertThat(Files.exists(folder.resolve("a"))).isFalse();
  }

  private static void refused(int exitCode, String words, String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = "convert";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Ended ended = sae.run(command);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
    assertThat(ended.err()).hasLineCount(1).startsWith("sae convert: ").contains(words, "; ");
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void synth_measures_every_sae_against_the_truth() throws Exception {
    Ended ended =
        sae.run(
            "synth",
            "--features",
            "32",
            "--d-model",
            "16",
            "--width",
            "12",
            "--target-l0",
            "2",
            "--architectures",
            "relu,topk",
            "--steps",
            "60",
            "--batch",
            "64",
            "--samples",
            "500",
            "--out",
            "synth",
            "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode saes = ended.json().get("saes");
    assertThat(saes.findValuesAsText("architecture")).containsExactly("relu", "topk");
    for (JsonNode each : saes) {
      for (String share : new String[] {"f1", "mcc", "mmcs", "uniqueness"}) {
        assertThat(each.get(share).doubleValue()).as(share).isBetween(0.0, 1.0);
      }
    }
    assertThat(saes.get(1).get("l0").doubleValue()).isBetween(1.0, 2.0);
    assertThat(sae.run("info", "synth/topk", "--json").json().get("k").intValue()).isEqualTo(2);
    assertThat(sae.run("synth", "--architectures", "nothing").exitCode()).isEqualTo(2);
  }
}
