// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubTest {
  private static final HubName LLAMA = HubName.parse("tiny/llama");
  private static final byte[] WEIGHTS = bytes(5000);

  @TempDir private Path cache;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private final HubProgress progress = new Recorded(said);
  private FakeHub fake;

  HubTest() throws IOException {
    fake = new FakeHub("tiny/llama");
  }

  @BeforeEach
  void fill() {
    fake.with("config.json", "{}")
        .with("tokenizer.json", "{\"model\":1}")
        .with("README.md", "# tiny")
        .with("empty/nothing.txt", "")
        .with("model.safetensors", WEIGHTS)
        .with("pytorch_model.bin", bytes(2000))
        .with("layer_1/width_2/params.npz", bytes(1500))
        .with("layer_1/width_2/config.json", "[]");
  }

  @AfterEach
  void stop() {
    fake.close();
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private Hub hub(@Nullable String token, boolean offline) {
    return new Hub(new HubSettings(fake.endpoint(), cache, token, offline));
  }

  private Path fetch(String name) throws IOException {
    return hub(null, false).fetch(HubName.parse(name), HubSelection.ALL, progress);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(cache)) {
      return all.filter(each -> !Files.isDirectory(each))
          .map(each -> cache.relativize(each).toString())
          .filter(each -> !each.startsWith(".locks"))
          .sorted()
          .toList();
    }
  }

  @Test
  void a_model_is_kept_as_the_hubs_own_tools_keep_it() throws IOException {
    Path folder = hub(null, false).fetch(LLAMA, HubSelection.MODEL, progress);
    String root = "models--tiny--llama/";
    assertThat(files())
        .containsExactlyInAnyOrder(
            root + "blobs/" + FakeHub.gitSum("{}".getBytes(UTF_8)),
            root + "blobs/" + FakeHub.gitSum("{\"model\":1}".getBytes(UTF_8)),
            root + "blobs/" + FakeHub.sha256(WEIGHTS),
            root + "refs/main",
            root + "snapshots/" + FakeHub.COMMIT + "/config.json",
            root + "snapshots/" + FakeHub.COMMIT + "/model.safetensors",
            root + "snapshots/" + FakeHub.COMMIT + "/tokenizer.json");
    assertThat(folder).isEqualTo(cache.resolve(root + "snapshots/" + FakeHub.COMMIT));
    assertThat(Files.readSymbolicLink(folder.resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs/" + FakeHub.sha256(WEIGHTS)));
    assertThat(folder.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(cache.resolve(root + "refs/main")).hasContent(FakeHub.COMMIT);
    assertThat(hub(null, true).cached(LLAMA)).contains(folder);
  }

  @Test
  void an_sae_comes_alone_and_a_folder_of_many_names_them() throws IOException {
    fake.with("layer_1/width_2/checkpoints/final.safetensors", bytes(10))
        .with("layer_1/width_2/other/final.safetensors", bytes(11));
    Path folder =
        hub(null, false)
            .fetch(HubName.parse("hf://tiny/llama/layer_1/width_2"), HubSelection.SAE, progress);
    assertThat(folder.resolve("checkpoints/final.safetensors")).exists();
    assertThat(folder.resolve("params.npz")).exists();
    assertThat(folder.resolve("other")).doesNotExist();
    assertThatThrownBy(
            () ->
                hub(null, false)
                    .fetch(HubName.parse("hf://tiny/llama/layer_1"), HubSelection.SAE, progress))
        .hasMessageContaining("holds no SAE itself, but these: width_2, width_2/checkpoints");
    assertThat(
            hub(null, false)
                .fetch(
                    HubName.parse("hf://tiny/llama/layer_1/width_2/params.npz"),
                    HubSelection.SAE,
                    progress))
        .hasBinaryContent(bytes(1500));
  }

  @Test
  void what_is_here_is_not_fetched_again() throws IOException {
    fetch("tiny/llama");
    fake.requests.clear();
    fetch("tiny/llama");
    assertThat(fake.requests).isNotEmpty().allMatch(each -> each.startsWith("GET /api/"));
  }

  @Test
  void a_folder_and_a_file_of_a_repository_come_alone() throws IOException {
    Path folder = fetch("hf://tiny/llama/layer_1/width_2");
    assertThat(folder.resolve("params.npz")).hasBinaryContent(bytes(1500));
    assertThat(Files.readSymbolicLink(folder.resolve("config.json")))
        .isEqualTo(Path.of("../../../../blobs/" + FakeHub.gitSum("[]".getBytes(UTF_8))));
    assertThat(fetch("hf://tiny/llama/layer_1/width_2/params.npz"))
        .isEqualTo(folder.resolve("params.npz"));
    assertThat(fetch("hf://tiny/llama/config.json")).hasContent("{}");
    assertThat(fetch("hf://tiny/llama/empty").resolve("nothing.txt")).isEmptyFile();
    assertThat(fake.requests).noneMatch(each -> each.contains("model.safetensors"));
  }

  @Test
  void a_download_that_breaks_off_after_any_byte_goes_on_behind_it() throws IOException {
    for (int bytes = 1; bytes <= WEIGHTS.length; bytes += 613) {
      int each = bytes;
      AtomicInteger left = new AtomicInteger(3);
      fake.fault =
          exchange -> {
            if (!fake.isStore(exchange) || left.getAndDecrement() <= 0) {
              return false;
            }
            fake.hangUpAfter(exchange, each);
            return true;
          };
      fake.requests.clear();
      assertThat(fetch("hf://tiny/llama/model.safetensors")).hasBinaryContent(WEIGHTS);
      if (3 * each < WEIGHTS.length) {
        assertThat(fake.requests).contains("GET /model.safetensors bytes=" + 3 * each + "-");
      }
      deleteAll();
    }
  }

  private void deleteAll() throws IOException {
    sae4j.files.AtomicWrite.deleteTree(cache.resolve("models--tiny--llama"));
  }

  @Test
  void a_download_that_brings_nothing_ends_and_the_next_one_goes_on() throws IOException {
    AtomicInteger requests = new AtomicInteger();
    fake.fault =
        exchange -> {
          if (!fake.isStore(exchange)) {
            return false;
          }
          fake.hangUpAfter(exchange, requests.getAndIncrement() == 0 ? 100 : 0);
          return true;
        };
    assertThatThrownBy(() -> fetch("hf://tiny/llama/model.safetensors"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining("at byte 100 of 5,000; the same command goes on from there");
    assertThat(hub(null, true).cached(LLAMA)).as("what is not whole is no snapshot").isEmpty();
    fake.fault = exchange -> false;
    said.clear();
    assertThat(fetch("hf://tiny/llama/model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(said).containsExactly("model.safetensors from 100");
  }

  @Test
  void content_that_is_not_what_the_hub_says_is_refused_and_not_kept() {
    fake.fault =
        exchange -> {
          if (!fake.isStore(exchange)) {
            return false;
          }
          exchange.sendResponseHeaders(200, WEIGHTS.length);
          exchange.getResponseBody().write(new byte[WEIGHTS.length]);
          return true;
        };
    assertThatThrownBy(() -> fetch("hf://tiny/llama/model.safetensors"))
        .hasMessageContaining("the hub says " + FakeHub.sha256(WEIGHTS));
    assertThat(cache.resolve("models--tiny--llama/blobs")).isEmptyDirectory();
  }

  @Test
  void a_damaged_leftover_is_thrown_away() throws IOException {
    Path blobs = Files.createDirectories(cache.resolve("models--tiny--llama/blobs"));
    Files.write(
        blobs.resolve(FakeHub.sha256(WEIGHTS) + ".sae4j.incomplete"), new byte[WEIGHTS.length]);
    assertThat(fetch("hf://tiny/llama/model.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(said).anyMatch(each -> each.contains("is damaged; fetching all of it"));
  }

  @Test
  void the_token_is_for_the_hub_alone() throws IOException {
    hub("hf_secret", false).fetch(LLAMA, HubSelection.MODEL, progress);
    assertThat(fake.tokens)
        .contains("hub Bearer hf_secret", "store null")
        .doesNotContain("store Bearer hf_secret", "hub null");
    assertThat(said).noneMatch(each -> each.contains("hf_secret"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 | RepoNotFound     | no such repository, or it is private | set HF_TOKEN
          401 | GatedRepo        | is gated                             | accept its terms at http
          403 | GatedRepo        | is gated                             | /tiny/llama
          404 | RepoNotFound     | no such repository                   | check the name
          404 | RevisionNotFound | no revision 'main'                   | /tiny/llama/commits
          429 |                  | and asks to come back in 4,000 s     | try again then
          418 |                  | the hub refuses (418                 | /tiny/llama
          """)
  void a_refusal_says_what_can_be_done(int code, String error, String what, String remedy) {
    fake.fault =
        exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "4000");
          FakeHub.refuse(exchange, code, error == null ? "" : error, "so it is");
          return true;
        };
    assertThatThrownBy(() -> fetch("tiny/llama"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("tiny/llama: ")
        .hasMessageContaining(what)
        .hasMessageContaining(remedy);
    assertThat(cache).isEmptyDirectory();
  }

  @Test
  void a_busy_hub_is_asked_again_when_it_says() throws IOException {
    AtomicInteger left = new AtomicInteger(2);
    fake.fault =
        exchange -> {
          if (left.getAndDecrement() <= 0) {
            return false;
          }
          exchange.getResponseHeaders().set("Retry-After", "0");
          exchange.sendResponseHeaders(429, -1);
          return true;
        };
    assertThat(fetch("hf://tiny/llama/config.json")).hasContent("{}");
    assertThat(said)
        .contains("hf://tiny/llama/config.json: the hub is busy (429); asking again in 0 s");
  }

  @Test
  void what_is_not_there_is_named() {
    assertThatThrownBy(() -> fetch("hf://tiny/llama/layer_2"))
        .hasMessageContaining("there is no 'layer_2'")
        .hasMessageContaining("sae hub list tiny/llama");
    assertThatThrownBy(() -> fetch("tiny/other")).hasMessageContaining("no such repository");
    assertThatThrownBy(() -> fetch("tiny/llama@old")).hasMessageContaining("no revision 'old'");
  }

  @Test
  void a_hub_that_cannot_be_reached_is_said_and_the_cache_stands_in() throws IOException {
    Path folder = fetch("tiny/llama");
    URI nobody;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
    Hub unreachable = new Hub(new HubSettings(nobody, cache, null, false));
    assertThat(unreachable.fetch(LLAMA, HubSelection.MODEL, progress)).isEqualTo(folder);
    assertThat(said).anyMatch(each -> each.contains("cannot be reached; what is in the cache"));
    deleteAll();
    assertThatThrownBy(() -> unreachable.fetch(LLAMA, HubSelection.MODEL, progress))
        .hasMessageContaining(
            "tiny/llama: the hub at %s cannot be reached (nobody listens there)".formatted(nobody))
        .hasMessageContaining("give a folder");
  }

  @Test
  void offline_means_that_nobody_is_asked() throws IOException {
    assertThatThrownBy(() -> hub(null, true).fetch(LLAMA, HubSelection.MODEL, progress))
        .hasMessageContaining("HF_HUB_OFFLINE");
    assertThat(fake.requests).isEmpty();
    Path folder = fetch("tiny/llama");
    fake.requests.clear();
    assertThat(hub(null, true).fetch(LLAMA, HubSelection.MODEL, progress)).isEqualTo(folder);
    assertThat(fake.requests).isEmpty();
  }

  /// What may be missing comes before what nothing works without.
  @Test
  void a_download_that_broke_off_is_no_model_that_lacks_the_rest() throws IOException {
    fake.with("tokenizer_config.json", "{\"add_bos_token\": false}");
    fake.fault =
        exchange -> {
          if (!exchange.getRequestURI().getPath().endsWith("/tokenizer_config.json")) {
            return false;
          }
          exchange.sendResponseHeaders(500, -1);
          return true;
        };
    HubName pinned = HubName.parse("tiny/llama@" + FakeHub.COMMIT);
    assertThatThrownBy(() -> hub(null, false).fetch(pinned, HubSelection.MODEL, progress))
        .hasMessageContaining("tokenizer_config.json");

    Path cached = hub(null, true).fetch(pinned, HubSelection.MODEL, progress);
    assertThat(cached.resolve("model.safetensors")).doesNotExist();
    assertThat(said).last().asString().contains("HF_HUB_OFFLINE is set; what is in the cache");
  }

  @Test
  void the_numbers_of_an_sae_come_last_and_the_largest_file_of_them_at_the_end()
      throws IOException {
    List<HubFile> chosen =
        HubSelection.SAE.of(
            new HubListing(
                LLAMA,
                FakeHub.COMMIT,
                List.of(
                    new HubFile("activation_scaler.json", 9, "0"),
                    new HubFile("sae_weights.safetensors", 9_000, "1"),
                    new HubFile("sparsity.safetensors", 90, "2"),
                    new HubFile("tail.json", 9, "3"))));
    assertThat(chosen)
        .extracting(HubFile::path)
        .containsExactly(
            "activation_scaler.json",
            "tail.json",
            "sparsity.safetensors",
            "sae_weights.safetensors");
  }

  @Test
  void a_redirect_to_what_is_no_address_of_a_web_server_is_refused_by_name() {
    for (String location :
        List.of(
            "",
            "file:///etc/passwd",
            "http://127.0.0.1:99999/x",
            "http://bad host/x",
            "http://[bad",
            "%%%",
            "http:///x",
            "jar:http://127.0.0.1/a!/b",
            "mailto:a@b")) {
      fake.fault =
          exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(302, -1);
            return true;
          };
      assertThatThrownBy(() -> fetch("tiny/llama"))
          .as(location)
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("tiny/llama: " + fake.endpoint())
          .hasMessageContaining("leads to '" + location + "', which is no address")
          .hasMessageEndingWith("is HF_ENDPOINT a hub?");
    }
  }

  @Test
  void a_list_that_leads_back_to_itself_or_to_no_address_is_refused() {
    for (String next : List.of("?recursive=true", "http://bad host/x")) {
      fake.fault =
          exchange -> {
            if (!exchange.getRequestURI().getPath().contains("/tree/")) {
              return false;
            }
            exchange.getResponseHeaders().set("Link", "<" + next + ">; rel=\"next\"");
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("[]".getBytes(UTF_8));
            return true;
          };
      assertThatThrownBy(() -> fetch("tiny/llama"))
          .hasMessageStartingWith("tiny/llama: ")
          .hasMessageEndingWith("is HF_ENDPOINT a hub?");
    }
  }

  @Test
  void a_hub_that_stays_busy_is_named_once() {
    fake.fault =
        exchange -> {
          if (!exchange.getRequestURI().getPath().contains("/resolve/")) {
            return false;
          }
          exchange.getResponseHeaders().set("Retry-After", "0");
          exchange.sendResponseHeaders(503, -1);
          return true;
        };
    assertThatThrownBy(() -> fetch("hf://tiny/llama/config.json"))
        .hasMessageStartingWith("hf://tiny/llama/config.json: the hub is busy (503), at byte 0")
        .hasMessageEndingWith("the same command goes on from there");
  }

  @Test
  void a_revision_may_have_slashes() throws IOException {
    Path folder = fetch("hf://tiny/llama@refs%2Fpr%2F1/config.json");
    assertThat(folder).hasContent("{}");
    assertThat(fake.requests.getFirst()).endsWith("/revision/refs/pr/1");
    assertThat(cache.resolve("models--tiny--llama/refs/refs/pr/1")).hasContent(FakeHub.COMMIT);
    HubName name = HubName.parse("tiny/llama@refs%2Fpr%2F1");
    assertThat(name.revision()).isEqualTo("refs/pr/1");
    assertThat(HubName.parse(name.toString())).isEqualTo(name);
    assertThat(hub(null, true).cached(name)).isPresent();
  }

  @Test
  void where_a_file_system_has_no_links_files_are_copied() throws IOException {
    HubFile file = new HubFile("config.json", 2, "9".repeat(40));
    CachedRepository repository =
        new CachedRepository(
            new HubSettings(fake.endpoint(), cache, null, true),
            LLAMA,
            (place, target) -> {
              throw new UnsupportedOperationException("no links");
            });
    Files.createDirectories(repository.blob(file).getParent());
    Files.writeString(repository.blob(file), "{}");

    repository.link(FakeHub.COMMIT, file);

    Path place = repository.snapshot(FakeHub.COMMIT).resolve("config.json");
    assertThat(place).isRegularFile().hasContent("{}");
    assertThat(Files.isSymbolicLink(place)).isFalse();
  }

  @Test
  void a_whole_cache_is_not_written_again() throws IOException {
    fetch("tiny/llama");
    Path ref = cache.resolve("models--tiny--llama/refs/main");
    FileTime longAgo = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(ref, longAgo);
    fetch("tiny/llama");
    assertThat(Files.getLastModifiedTime(ref)).isEqualTo(longAgo);
  }

  @Test
  void two_who_want_the_same_file_fetch_it_once() throws Exception {
    try (ExecutorService both = Executors.newFixedThreadPool(4)) {
      List<Callable<Path>> tasks =
          Collections.nCopies(4, () -> fetch("hf://tiny/llama/model.safetensors"));
      for (Future<Path> each : both.invokeAll(tasks)) {
        assertThat(each.get()).hasBinaryContent(WEIGHTS);
      }
    }
    assertThat(Collections.frequency(fake.requests, "GET /model.safetensors")).isEqualTo(1);
  }

  @Test
  void a_path_that_leads_out_of_the_cache_is_refused() {
    for (String path : List.of("../../evil", "a/../../evil", "/evil", "a//evil", "a\\evil")) {
      try (FakeHub evil = new FakeHub("tiny/llama").with(path, "evil")) {
        Hub hub = new Hub(new HubSettings(evil.endpoint(), cache, null, false));
        assertThatThrownBy(() -> hub.fetch(LLAMA, HubSelection.ALL, progress))
            .hasMessageContaining("lists a file that cannot be");
        assertThat(cache).isEmptyDirectory();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void an_answer_that_is_no_hubs_is_refused() {
    for (String answer : List.of("<html>", "{}", "[]", "{\"sha\":7}")) {
      fake.fault =
          exchange -> {
            exchange.sendResponseHeaders(200, answer.length());
            exchange.getResponseBody().write(answer.getBytes(UTF_8));
            return true;
          };
      assertThatThrownBy(() -> fetch("tiny/llama")).hasMessageContaining("is HF_ENDPOINT a hub?");
    }
  }

  @Test
  void the_weights_of_a_model_are_chosen_once() throws IOException {
    Map<List<String>, List<String>> wanted =
        Map.of(
            List.of("config.json", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx"),
            List.of("config.json", "model.safetensors"),
            List.of(
                "config.json",
                "consolidated.safetensors",
                "model-00001-of-00002.safetensors",
                "model.safetensors.index.json"),
            List.of(
                "config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json"),
            List.of("config.json", "pytorch_model.bin", "flax_model.msgpack"),
            List.of("config.json", "pytorch_model.bin"),
            List.of("config.json", "onnx/model.onnx", "onnx/model.onnx_data", "onnx/model_q4.onnx"),
            List.of("config.json", "onnx/model.onnx", "onnx/model.onnx_data"));
    for (Map.Entry<List<String>, List<String>> each : wanted.entrySet()) {
      assertThat(
              HubSelection.MODEL.of(
                  new HubListing(
                      LLAMA,
                      FakeHub.COMMIT,
                      each.getKey().stream().map(path -> new HubFile(path, 1, "0")).toList())))
          .extracting(HubFile::path)
          .containsExactlyElementsOf(each.getValue());
    }
  }
}
