// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// Models and SAEs are given by their names on the hub.
class HubTest {
  private static final String TEXT = "All work and no play makes Jack a dull boy. ".repeat(20);

  @TempDir private static Path folder = Path.of("");

  @BeforeAll
  static void fill() throws Exception {
    Path repository = Files.createDirectory(folder.resolve("repository"));
    Path fixtures =
        Launcher.projectRoot().resolve("backends/onnxruntime/src/test/resources/fixtures/llama");
    for (String name : new String[] {"config.json", "tokenizer.json", "model.safetensors"}) {
      Files.copy(fixtures.resolve(name), repository.resolve(name));
    }
    Files.writeString(repository.resolve("README.md"), "# not wanted");
    Files.writeString(folder.resolve("text"), TEXT);
    Ended toy =
        Launcher.ofProject(repository)
            .run("toy", "--backend", "ejml", "--features", "3", "--steps", "50", "--out", "toys");
    assertThat(toy.exitCode()).as(toy.err()).isZero();
  }

  private static Launcher sae(String home, String endpoint, String offline) {
    return Launcher.onHub(folder, home, endpoint, offline);
  }

  private static Ended capture(Launcher sae, String out) throws Exception {
    return sae.run(
        "capture",
        "--model",
        "tiny/llama",
        "--text",
        "text",
        "--hook",
        "blocks.0.hook_resid_post",
        "--max-tokens",
        "100",
        "--out",
        out);
  }

  @Test
  void a_model_is_captured_by_its_name_from_an_empty_cache_and_then_without_a_network()
      throws Exception {
    Ended first;
    try (HubServer hub = HubServer.of("tiny/llama", folder.resolve("repository"))) {
      first = capture(sae("a", hub.endpoint(), ""), "first");
      assertThat(first.exitCode()).as(first.err()).isZero();
      assertThat(first.err()).contains("fetching model.safetensors: ");
      JsonNode where =
          sae("a", hub.endpoint(), "").run("hub", "where", "tiny/llama", "--json").json();
      try (Stream<Path> fetched = Files.list(Path.of(where.get("path").textValue()))) {
        assertThat(fetched.map(each -> each.getFileName().toString()))
            .containsExactlyInAnyOrder("config.json", "tokenizer.json", "model.safetensors");
      }
    }
    Ended second = capture(sae("a", "http://127.0.0.1:1", "1"), "second");
    assertThat(second.exitCode()).as(second.err()).isZero();
    assertThat(second.err()).doesNotContain("fetching");
    assertThat(activations("second")).hasSameBinaryContentAs(activations("first"));
    assertThat(Files.readString(folder.resolve("first/capture.json"))).contains("tiny/llama");
  }

  private static Path activations(String capture) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(capture))) {
      return files
          .filter(each -> each.toString().endsWith(".safetensors"))
          .findFirst()
          .orElseThrow();
    }
  }

  /// The disk is as full as a limit on the size of files makes it.
  @Test
  void a_full_disk_is_named_and_the_download_goes_on_when_there_is_room() throws Exception {
    assumeTrue(
        new ProcessBuilder("bash", "-c", "ulimit -f 8").start().waitFor() == 0,
        "no disk can be made small here");
    Path small = folder.resolve("small-disk");
    Files.writeString(
        small,
        "#!/usr/bin/env bash\nulimit -f 8\nexec '%s' \"$@\"\n"
            .formatted(Launcher.ofProject(folder).script()));
    Files.setPosixFilePermissions(small, PosixFilePermissions.fromString("rwx------"));
    Path repository = Files.createDirectory(folder.resolve("large"));
    Files.write(repository.resolve("model.safetensors"), new byte[100_000]);
    try (HubServer hub = HubServer.of("tiny/large", repository)) {
      Launcher sae = sae("c", hub.endpoint(), "");
      String[] fetch = {"hub", "fetch", "hf://tiny/large/model.safetensors"};

      Ended full = new Launcher(small, folder, sae.environment()).run(fetch);
      assertThat(full.exitCode()).as(full.err()).isEqualTo(1);
      String line = full.err().strip().replaceFirst("(?s).*\n", "");
      assertThat(line)
          .startsWith("sae hub: " + folder.resolve("c"))
          .matches(".*(disk is full|too large).*; .*");

      Ended whole = sae.run(fetch);
      assertThat(whole.exitCode()).as(whole.err()).isZero();
      assertThat(Path.of(whole.out().strip())).hasBinaryContent(new byte[100_000]);
    }
  }

  @Test
  void a_repository_is_listed_and_an_sae_in_it_is_read_by_name() throws Exception {
    try (HubServer hub = HubServer.of("tiny/llama", folder.resolve("repository"))) {
      Launcher sae = sae("b", hub.endpoint(), "");
      JsonNode listed = sae.run("hub", "list", "hf://tiny/llama/toys/sae", "--json").json();
      assertThat(listed.get("files").findValuesAsText("path"))
          .contains("toys/sae/cfg.json", "toys/sae/sae_weights.safetensors");
      Ended info = sae.run("info", "hf://tiny/llama/toys/sae", "--json");
      assertThat(info.exitCode()).as(info.err()).isZero();
      assertThat(info.json().get("features").intValue()).isEqualTo(3);
      Ended many = sae.run("info", "hf://tiny/llama/toys");
      assertThat(many.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void an_sae_is_read_by_the_name_of_its_suite_which_says_what_its_files_do_not() throws Exception {
    Path list =
        Files.writeString(
            folder.resolve("suites.json"),
            """
            {"saes": [{"name": "mine/{which}", "at": "hf://tiny/llama/toys/{which}",
              "model": "tiny/llama", "hook": "blocks.0.hook_resid_post", "bos": true}]}
            """);
    try (HubServer hub = HubServer.of("tiny/llama", folder.resolve("repository"))) {
      Launcher plain = sae("d", hub.endpoint(), "");
      Launcher sae =
          new Launcher(
              plain.script(),
              folder,
              Stream.concat(
                      plain.environment().entrySet().stream(),
                      Stream.of(Map.entry("SAE_SUITES", list.toString())))
                  .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
      JsonNode suites = sae.run("suites", "mine", "--json").json().get("suites");
      assertThat(suites).hasSize(1);
      assertThat(suites.get(0).get("model").textValue()).isEqualTo("tiny/llama");

      Ended info = sae.run("info", "mine/sae", "--json");
      assertThat(info.exitCode()).as(info.err()).isZero();
      assertThat(info.json().get("features").intValue()).isEqualTo(3);
      assertThat(info.json().get("hook").textValue()).isEqualTo("blocks.0.hook_resid_post");
      assertThat(info.json().get("assumed").toString()).contains("as the list of suites has it");

      Ended missing = sae.run("info", "mine/nothing");
      assertThat(missing.exitCode()).isEqualTo(1);
      assertThat(missing.err()).contains("hf://tiny/llama/toys/nothing");
    }
  }

  @Test
  void without_a_network_a_name_fails_in_one_line() throws Exception {
    for (String offline : new String[] {"", "1"}) {
      Ended ended = capture(sae("c", "http://127.0.0.1:1", offline), "none");
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err().strip())
          .startsWith("sae capture: tiny/llama: ")
          .contains(offline.isEmpty() ? "cannot be reached" : "HF_HUB_OFFLINE")
          .doesNotContain("\n");
      assertThat(folder.resolve("none")).doesNotExist();
    }
    Ended strange = sae("c", "http://127.0.0.1:1", "").run("info", "hf://nothing");
    assertThat(strange.exitCode()).isEqualTo(1);
    assertThat(strange.err()).contains("hf://OWNER/NAME");
  }
}
