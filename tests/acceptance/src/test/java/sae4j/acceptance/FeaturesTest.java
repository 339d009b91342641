// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// `sae features` writes a dashboard and its exports. `sae serve` reads typed text, and answers
/// only this machine.
class FeaturesTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir private static Path folder = Path.of("");
  private static Launcher sae = new Launcher(folder, folder, Map.of());
  private static JsonNode written = NullNode.instance;
  private static Optional<Running> started = Optional.empty();
  private static String address = "";

  @BeforeAll
  static void make_a_dashboard_and_serve_it() throws Exception {
    sae = Launcher.ofProject(folder);
    Ended demo =
        sae.run("demo", "--features", "96", "--tokens", "6000", "--steps", "40", "--out", "d");
    assertThat(demo.exitCode()).as(demo.err()).isZero();
    Files.writeString(
        folder.resolve("labels.json"),
        """
        {"format": "sae4j-labels-1", "features": [{"feature": 5, "name": "keyword if (F1 0.93)",
          "label": "keyword: if", "meaning": "detects", "threshold": 1.0, "precision": 0.9,
          "recall": 0.95, "f1": 0.93}]}
        """);
    Ended features =
        sae.run(
            "features",
            "--sae",
            "d",
            "--tokens",
            "5000",
            "--labels",
            "labels.json",
            "--export",
            "neuronpedia",
            "saedashboard",
            "--out",
            "f",
            "--json");
    assertThat(features.exitCode()).as(features.err()).isZero();
    written = features.json();
    Running server = sae.start("serve", "--sae", "d", "--dashboard", "f", "--port", "0");
    started = Optional.of(server);
    while (server.process().isAlive() && !Files.readString(server.out()).endsWith("/\n")) {
      Thread.sleep(50);
    }
    address = Files.readString(server.out()).strip();
    assertThat(address).as(Files.readString(server.err())).startsWith("http://127.0.0.1:");
  }

  @AfterAll
  static void stop() throws Exception {
    if (started.isPresent()) {
      started.get().process().destroy();
      started.get().process().waitFor();
    }
  }

  @Test
  void names_of_another_sae_are_refused_unless_they_are_meant() throws Exception {
    Files.writeString(
        folder.resolve("others.json"),
        """
        {"format": "sae4j-labels-1", "inputs": {"sae": {"sum": "0123"}}, "features": []}
        """);
    String[] command = {
      "features", "--sae", "d", "--tokens", "500", "--labels", "others.json", "--out", "no"
    };
    Ended refused = sae.run(command);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains("others.json: names the features of another SAE (sum 0123) than --sae d (sum ")
        .contains("--allow-mismatch");
    assertThat(folder.resolve("no")).doesNotExist();
    String[] meant =
        Stream.of(command, new String[] {"--allow-mismatch"})
            .flatMap(Stream::of)
            .toArray(String[]::new);
    assertThat(sae.run(meant).exitCode()).isZero();
  }

  @Test
  void the_line_to_serve_names_the_model_and_the_hook_that_the_sae_does_not() throws Exception {
    assertThat(sae.run("convert", "d", "silent", "--to", "gemma-scope").exitCode()).isZero();
    String where = " --model java-gpt2-tiny --hook blocks.2.hook_resid_post";
    String line = "features --sae silent --tokens 500 --out of-silent" + where;
    Ended written = sae.run(line.split(" "));
    assertThat(written.exitCode()).as(written.err()).isZero();
    assertThat(written.err())
        .contains("sae serve --sae silent --dashboard of-silent" + where + "\n");
    Ended none = sae.run(("serve --sae silent --port 0" + where).split(" "));
    assertThat(none.err())
        .contains("write one with: sae features --sae silent --out silent" + where + "\n");
  }

  @Test
  void the_same_command_writes_the_same_bytes() throws Exception {
    String[] command = {
      "features",
      "--sae",
      "d",
      "--tokens",
      "2000",
      "--export",
      "neuronpedia",
      "saedashboard",
      "--title",
      "t",
      "--out"
    };
    Map<String, String> first = files(command, "once", "0");
    assertThat(first).hasSizeGreaterThan(20);
    assertThat(files(command, "again", "")).containsExactlyInAnyOrderEntriesOf(first);
    String release = "neuronpedia/java-gpt2-tiny/2-sae4j-96/release.jsonl";
    assertThat(files(command, "later", "1767225600").get(release))
        .contains("\"createdAt\":\"2026-01-01T00:00:00Z\"");
  }

  private Map<String, String> files(String[] command, String out, String date) throws Exception {
    String[] words = Stream.concat(Stream.of(command), Stream.of(out)).toArray(String[]::new);
    Map<String, String> environment = new HashMap<>(sae.environment());
    environment.put("SOURCE_DATE_EPOCH", date);
    Ended ended = new Launcher(sae.script(), folder, environment).run(words);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    Map<String, String> files = new HashMap<>();
    try (Stream<Path> all = Files.walk(folder.resolve(out))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(
            folder.resolve(out).relativize(file).toString(),
            Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return files;
  }

  @Test
  void a_time_that_is_none_is_a_usage_error() throws Exception {
    Map<String, String> environment = new HashMap<>(sae.environment());
    environment.put("SOURCE_DATE_EPOCH", "yesterday");
    Ended refused =
        new Launcher(sae.script(), folder, environment)
            .run("features", "--sae", "d", "--export", "neuronpedia", "--out", "never");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("sae features: SOURCE_DATE_EPOCH is yesterday; it is the");
    assertThat(folder.resolve("never")).doesNotExist();
  }

  @Test
  void a_demo_without_a_folder_shows_features_and_leaves_nothing() throws Exception {
    Ended demo = sae.run("demo", "--features", "96", "--tokens", "6000", "--steps", "40", "--json");
    assertThat(demo.exitCode()).as(demo.err()).isZero();
    assertThat(demo.json().path("explained_variance").doubleValue()).isBetween(0.1, 1.0);
    assertThat(demo.err()).contains("sae demo --out demo");
  }

  @Test
  void the_result_says_what_was_written_and_it_is_there() throws Exception {
    assertThat(written.path("features").asInt()).isEqualTo(96);
    assertThat(written.path("tokens").asInt()).isBetween(4900, 5000);
    assertThat(written.path("named").asInt()).isEqualTo(1);
    assertThat(written.path("logits").asBoolean()).isTrue();
    assertThat(folder.resolve(written.path("page").asText())).isNotEmptyFile();
    assertThat(folder.resolve("f/dashboard/data/index.js"))
        .content()
        .contains("\"names\":{\"5\":[\"keyword if\",\"F1 0.93\"]}");
    assertThat(folder.resolve("f/neuronpedia/java-gpt2-tiny/2-sae4j-96/features/batch-0.jsonl.gz"))
        .isNotEmptyFile();
    assertThat(folder.resolve("f/saedashboard/batch-1.json")).isNotEmptyFile();
    try (Stream<Path> files = Files.list(folder.resolve("f"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("nothing temporary is left")
          .containsExactlyInAnyOrder(
              ".sae4j.json", "index.html", "dashboard", "neuronpedia", "saedashboard");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          features --sae d --out f --export csv|2|--export is csv; \
          possible are [neuronpedia, saedashboard]
          features --sae d --out labels.json|1|labels.json: is a file; a folder is needed
          features --sae d --out g --activations d/heldout.safetensors|1|\
          give a folder that sae capture wrote
          features --sae d --out g --text d --activations d|2|give one of them
          features --sae d --out g --set a/b|2|letters, digits, - and _ are possible
          serve --sae d --dashboard .|1|holds no dashboard; write one with: sae features
          """)
  void what_cannot_be_done_is_said_in_a_line(String command, int code, String line)
      throws Exception {
    Ended ended = sae.run(command.split(" ", -1));
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(code);
    assertThat(ended.err()).contains(line);
    assertThat(ended.err()).doesNotContain("\tat ");
  }

  /// Serves a dashboard until the first word on standard output or the end.
  private Ended serve(String... arguments) throws Exception {
    Running server = sae.start(arguments);
    while (server.process().isAlive() && Files.size(server.out()) == 0) {
      Thread.sleep(50);
    }
    server.process().destroy();
    return server.await();
  }

  @Test
  void another_sae_than_the_one_of_the_dashboard_is_refused_unless_that_is_meant()
      throws Exception {
    Ended other =
        sae.run("demo", "--features", "96", "--tokens", "6000", "--steps", "41", "--out", "other");
    assertThat(other.exitCode()).as(other.err()).isZero();
    String[] command = {"serve", "--sae", "other", "--dashboard", "f", "--port", "0"};
    Ended refused = serve(command);
    assertThat(refused.exitCode()).as(refused.err()).isEqualTo(1);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err().lines().filter(line -> line.startsWith("sae serve: ")))
        .singleElement()
        .asString()
        .containsPattern("f: shows the features of another SAE \\(d, sum \\w{32}\\)")
        .contains("than --sae other (sum ", "--allow-mismatch");
    Ended meant =
        serve("serve", "--sae", "other", "--dashboard", "f", "--port", "0", "--allow-mismatch");
    assertThat(meant.out()).as(meant.err()).startsWith("http://127.0.0.1:");
  }

  @Test
  void a_copy_of_the_sae_is_served_and_a_dashboard_of_before_is_said_not_to_be_compared()
      throws Exception {
    Files.createDirectories(folder.resolve("copy"));
    for (String file : List.of("cfg.json", "sae_weights.safetensors")) {
      Files.copy(folder.resolve("d").resolve(file), folder.resolve("copy").resolve(file));
    }
    Ended copied = serve("serve", "--sae", "copy", "--dashboard", "f", "--port", "0");
    assertThat(copied.out()).as(copied.err()).startsWith("http://127.0.0.1:");
    assertThat(copied.err()).doesNotContain("compared");
    Ended written = sae.run("features", "--sae", "copy", "--tokens", "500", "--out", "before");
    assertThat(written.exitCode()).as(written.err()).isZero();
    Files.delete(folder.resolve("before/dashboard/sae.json"));
    Ended before = serve("serve", "--sae", "d", "--dashboard", "before", "--port", "0");
    assertThat(before.out()).as(before.err()).startsWith("http://127.0.0.1:");
    assertThat(before.err()).contains("before: does not say which SAE", "--sae d;");
  }

  private static HttpResponse<String> ask(String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(address + path)).build(), BodyHandlers.ofString());
  }

  private static HttpResponse<String> type(String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + "prompt"))
            .header("Content-Type", "application/json");
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HTTP.send(
        request.POST(HttpRequest.BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  @Test
  void typed_text_is_read_token_by_token() throws Exception {
    HttpResponse<String> answer = type("{\"text\": \"if (x > 0) return null;\"}");
    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode reading = new JsonMapper().readTree(answer.body());
    StringBuilder text = new StringBuilder();
    reading.path("tokens").forEach(token -> text.append(token.asText()));
    assertThat(text).hasToString("if (x > 0) return null;");
    assertThat(reading.path("active")).hasSameSizeAs(reading.path("tokens"));
    assertThat(reading.path("active")).anyMatch(features -> features.size() >= 2);
    assertThat(type("{\"text\": \"if (x > 0) return null;\"}").body()).isEqualTo(answer.body());
  }

  @Test
  void the_page_is_served_and_says_that_it_is_live() throws Exception {
    assertThat(ask("").body()).contains("<!doctype html>");
    assertThat(ask("dashboard/data/live.js").body()).isEqualTo("SAE.data(\"live\",true);\n");
    assertThat(ask("dashboard/app.js").headers().firstValue("Content-Type"))
        .hasValue("text/javascript; charset=utf-8");
  }

  @ParameterizedTest
  @CsvSource({
    "../labels.json",
    "dashboard/../../labels.json",
    "dashboard/%2e%2e/%2e%2e/d/cfg.json",
    "neuronpedia",
    "nothing.js"
  })
  void nothing_but_the_site_is_served(String path) throws Exception {
    String below = URI.create(address).getPath() + path;
    String answer = raw("GET " + below + " HTTP/1.1\r\nHost: " + host() + "\r\n");
    assertThat(answer).startsWith("HTTP/1.1 404").contains("there is no such page");
  }

  @Test
  void bad_prompts_are_refused_in_a_line() throws Exception {
    assertThat(type("{\"text\": \"\"}").body()).contains("the prompt holds no token");
    assertThat(type("{").statusCode()).isEqualTo(400);
    assertThat(type("{\"words\": 1}").body()).contains("the request needs a 'text'");
    assertThat(type("{\"text\": \"" + "x".repeat(70_000) + "\"}").statusCode()).isEqualTo(413);
  }

  @Test
  void who_does_not_know_the_address_reads_nothing() throws Exception {
    for (String path : new String[] {"", "index.html", "dashboard/data/prompts.js"}) {
      String answer = raw("GET /" + path + " HTTP/1.1\r\nHost: " + host() + "\r\n");
      assertThat(answer).startsWith("HTTP/1.1 403").contains("open the address");
    }
  }

  @Test
  void pages_from_elsewhere_cannot_ask() throws Exception {
    assertThat(type("{\"text\": \"x\"}", "Origin", "http://example.org").statusCode())
        .isEqualTo(403);
    assertThat(raw("GET / HTTP/1.1\r\nHost: example.org\r\n")).startsWith("HTTP/1.1 403");
  }

  private static String host() {
    return URI.create(address).getAuthority();
  }

  /// A raw request, which a well-behaved client would not send.
  private static String raw(String request) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(address).getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write((request + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
