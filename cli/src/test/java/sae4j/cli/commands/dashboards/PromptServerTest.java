// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.dashboard.PromptReading;

/// The server as its peers see it, byte by byte: what it answers to whom, and that it always does.
class PromptServerTest {
  private static final String SCRIPT = "SAE.data(\"prompts\",[\"a secret\"]);\n";
  private static final int PATIENCE_MILLIS = 60_000;

  @TempDir private Path parent;
  private Function<String, PromptReading> reader =
      text -> new PromptReading("", List.of(text), List.of(List.of()), 0);
  private PromptServer server;
  private String host = "";
  private String root = "";

  @BeforeEach
  void start() throws IOException {
    Path folder = Files.createDirectories(parent.resolve("served"));
    Files.createDirectories(folder.resolve("dashboard/data"));
    Files.writeString(folder.resolve("index.html"), "<!doctype html>the page");
    Files.writeString(folder.resolve("dashboard/data/prompts.js"), SCRIPT);
    Files.writeString(folder.resolve("notes.html"), "private");
    Files.writeString(parent.resolve("outside.js"), "private");
    Files.createSymbolicLink(folder.resolve("dashboard/link.js"), parent.resolve("outside.js"));
    server = new PromptServer(folder, text -> reader.apply(text), 0);
    server.start();
    String address = server.address();
    host = address.substring("http://".length(), address.indexOf('/', "http://".length()));
    root = address.substring("http://".length() + host.length());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private record Answered(int status, String head, String body) {
    String header(String name) {
      return head.lines()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT)))
          .findFirst()
          .map(line -> line.substring(name.length() + 1).strip())
          .orElse("");
    }
  }

  /// Sends bytes and reads until the server closes the connection.
  private Answered send(byte[] request) throws IOException {
    return send(request, false);
  }

  /// Sends text, and no more after it.
  private Answered sendAndEnd(String request) throws IOException {
    return send(request.getBytes(StandardCharsets.UTF_8), true);
  }

  private Answered send(byte[] request, boolean last) throws IOException {
    int port = Integer.parseInt(host.substring(host.indexOf(':') + 1));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      OutputStream out = socket.getOutputStream();
      out.write(request);
      out.flush();
      if (last) {
        socket.shutdownOutput();
      }
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        socket.getInputStream().transferTo(answer);
      } catch (SocketException closed) {
        // What came before counts.
      }
      String text = answer.toString(StandardCharsets.UTF_8);
      String asked = new String(request, StandardCharsets.UTF_8).lines().findFirst().orElse("");
      assertThat(text).as("the answer to " + asked).startsWith("HTTP/1.1 ");
      int end = text.indexOf("\r\n\r\n");
      return new Answered(
          Integer.parseInt(text.substring(9, 12)), text.substring(0, end), text.substring(end + 4));
    }
  }

  private Answered get(String path, String... headers) throws IOException {
    return ask("GET", path, "", headers);
  }

  private Answered ask(String method, String path, String body, String... headers)
      throws IOException {
    List<String> lines = new ArrayList<>(List.of(method + " " + path + " HTTP/1.1"));
    if (List.of(headers).stream().noneMatch(line -> line.startsWith("Host:"))) {
      lines.add("Host: " + host);
    }
    lines.addAll(List.of(headers));
    lines.add("Connection: close");
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    if (content.length > 0) {
      lines.add("Content-Length: " + content.length);
    }
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    request.writeBytes(content);
    return send(request.toByteArray());
  }

  private Answered read(String json) throws IOException {
    return ask("POST", root + "prompt", json, "Content-Type: application/json");
  }

  private static void assertRefused(Answered answered, int status) {
    assertThat(answered.status()).isEqualTo(status);
    assertThat(answered.header("Content-Type")).isEqualTo("application/json");
    assertThat(answered.body()).startsWith("{\"error\":\"").endsWith("\"}").doesNotContain("\n");
    assertThat(answered.body()).doesNotContain("secret", "private");
  }

  @Test
  void the_address_leads_to_the_page_and_its_scripts() throws IOException {
    assertThat(get(root).body()).endsWith("the page");
    assertThat(get(root + "dashboard/data/prompts.js", "Sec-Fetch-Site: same-origin").body())
        .isEqualTo(SCRIPT);
    assertThat(get(root + "dashboard/data/live.js").body()).isEqualTo("SAE.data(\"live\",true);\n");
    assertThat(get(root, "Host: " + host.replace("127.0.0.1", "localhost")).status())
        .isEqualTo(200);
    Answered head = ask("HEAD", root, "");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void without_the_token_there_is_nothing_to_read() throws IOException {
    String wrong = "/" + "A".repeat(root.length() - 2) + "/";
    for (String path : List.of("/", "/index.html", "/dashboard/data/prompts.js", wrong)) {
      assertRefused(get(path), 403);
    }
    assertRefused(get(wrong + "dashboard/data/prompts.js"), 403);
    assertRefused(get(root.substring(0, root.length() - 1)), 403);
  }

  @Test
  void every_start_draws_another_token() throws IOException {
    try (PromptServer other =
        new PromptServer(parent.resolve("served"), text -> reader.apply(text), 0)) {
      assertThat(root).matches("/[\\w-]{22}/");
      assertThat(other.address()).doesNotContain(root);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site", "something-new", ""})
  void a_script_that_another_origin_includes_is_refused(String site) throws IOException {
    for (String dest :
        List.of("script", "image", "iframe", "empty", "style", "object", "document")) {
      for (String mode : List.of("no-cors", "cors", "navigate")) {
        assertRefused(
            get(
                root + "dashboard/data/prompts.js",
                "Sec-Fetch-Site: " + site,
                "Sec-Fetch-Mode: " + mode,
                "Sec-Fetch-Dest: " + dest),
            403);
      }
    }
  }

  @Test
  void another_site_may_link_to_the_page_but_not_frame_it() throws IOException {
    String[] link = {
      "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"
    };
    assertThat(get(root, link).status()).isEqualTo(200);
    assertRefused(get(root, link[0], link[1], "Sec-Fetch-Dest: iframe"), 403);
    assertRefused(ask("POST", root, "a=b", link), 403);
    assertRefused(ask("POST", root + "prompt", "{\"text\":\"a\"}", link[0], link[1], link[2]), 403);
  }

  @ParameterizedTest
  @CsvSource({
    "Host, evil.example",
    "Host, 127.0.0.1",
    "Host, localhost:1",
    "Origin, null",
    "Origin, http://evil.example",
    "Origin, http://127.0.0.1:1"
  })
  void a_foreign_host_or_origin_is_refused(String name, String value) throws IOException {
    assertRefused(get(root, name + ": " + value), 403);
    assertRefused(get(root + "dashboard/data/prompts.js", name + ": " + value), 403);
  }

  @Test
  void a_header_that_decides_and_is_there_twice_is_refused() throws IOException {
    String own = "http://" + host;
    for (String[] twice :
        new String[][] {
          {"Host: " + host, "Host: evil.example"},
          {"Origin: " + own, "Origin: http://evil.example"},
          {"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"}
        }) {
      assertThat(get(root, twice[0]).status()).isEqualTo(200);
      assertRefused(get(root, twice), 403);
    }
  }

  @Test
  void the_address_of_another_server_is_refused() throws IOException {
    assertRefused(get("http://evil.example" + root), 403);
  }

  @Test
  void a_text_comes_as_one_json_object_of_that_type() throws IOException {
    for (String type : List.of("application/json", "Application/JSON;charset=utf-8")) {
      assertThat(ask("POST", root + "prompt", "{\"text\":\"a\"}", "Content-Type: " + type).status())
          .isEqualTo(200);
    }
    assertRefused(ask("POST", root + "prompt", "{}", "Content-Type: application/jsonx"), 415);
    assertRefused(read("{\"text\":\"a\",\"text\":\"b\"}"), 400);
    assertRefused(read("{\"text\":\"a\"} x"), 400);
  }

  @Test
  void every_answer_forbids_other_origins_to_use_it() throws IOException {
    for (Answered answered :
        List.of(
            get(root),
            get(root + "dashboard/data/prompts.js"),
            get(root + "no/such/page.js"),
            get("/"),
            get(root, "Origin: http://evil.example"),
            ask("DELETE", root, ""),
            read("{}"),
            read("{\"text\":\"a\"}"))) {
      assertThat(answered.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
      assertThat(answered.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
      assertThat(answered.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answered.header("Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(answered.header("Content-Security-Policy"))
          .contains("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'");
      assertThat(answered.header("Access-Control-Allow-Origin")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "notes.html", "dashboard/link.js", "dashboard/../notes.html", "../outside.js",
        "dashboard/%2e%2e/%2e%2e/outside.js", "..%2foutside.js", "dashboard/data/", "a%00b.js",
        "dashboard", "%ff.js", "//etc/passwd.js"
      })
  void only_the_files_of_the_site_are_served(String path) throws IOException {
    assertRefused(get(root + path), 404);
  }

  @Test
  void a_text_is_read() throws IOException {
    Answered answered = read("{\"text\":\"for (int\"}");
    assertThat(answered.status()).isEqualTo(200);
    assertThat(answered.body()).contains("\"tokens\":[\"for (int\"]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{\"text\":1}",
        "{\"text\":null}",
        "\u0000",
        "{\"text\":\"a\"",
        "[[[[[[[["
      })
  void a_request_that_is_no_text_is_refused(String body) throws IOException {
    assertRefused(read(body), 400);
    assertRefused(read("[".repeat(20_000)), 400);
  }

  @Test
  void a_form_of_a_page_is_no_request() throws IOException {
    for (String type :
        List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")) {
      assertRefused(ask("POST", root + "prompt", "{\"text\":\"a\"}", "Content-Type: " + type), 415);
    }
    assertRefused(ask("POST", root + "prompt", "{\"text\":\"a\"}"), 415);
  }

  @ParameterizedTest
  @ValueSource(ints = {(1 << 16) + 1, 1 << 18, 1 << 23})
  void a_body_that_is_too_large_is_answered(int size) throws IOException {
    assertRefused(read("{\"text\":\"" + "a".repeat(size) + "\"}"), 413);
  }

  @Test
  void a_header_that_is_too_long_is_answered() throws IOException {
    assertRefused(get(root, "X-Long: " + "a".repeat(20_000)), 431);
    assertRefused(get(root + "?" + "a".repeat(20_000)), 431);
  }

  @Test
  void whatever_fails_inside_is_answered_in_one_line() throws IOException {
    List<Throwable> failures =
        List.of(
            new IllegalStateException("the model\nis gone"),
            new StringIndexOutOfBoundsException("begin 3, end 2, length 2"),
            new NullPointerException(),
            new StackOverflowError(),
            new OutOfMemoryError("Java heap space"),
            new NoClassDefFoundError("a/B"));
    for (Throwable failure : failures) {
      reader =
          text -> {
            if (failure instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) failure;
          };
      assertRefused(read("{\"text\":\"a\"}"), 500);
    }
    reader =
        text -> {
          throw new IllegalArgumentException("the prompt holds no token; give some text");
        };
    Answered answered = read("{\"text\":\"\"}");
    assertRefused(answered, 400);
    assertThat(answered.body()).contains("holds no token");
  }

  @Test
  void methods_that_would_change_something_are_refused() throws IOException {
    for (String method : List.of("PUT", "DELETE", "POST", "OPTIONS", "TRACE", "PATCH")) {
      Answered answered = ask(method, root, "");
      assertRefused(answered, 405);
      assertThat(answered.header("Allow")).isEqualTo("GET, HEAD, POST");
    }
  }

  @Test
  void what_is_no_request_is_answered() throws IOException {
    Map<String, Integer> lines =
        Map.ofEntries(
            Map.entry("GET", 400),
            Map.entry("GET /", 400),
            Map.entry("GET / x", 400),
            Map.entry("GET /[ HTTP/1.1", 403),
            Map.entry("GET * HTTP/1.1", 403),
            Map.entry("GET x:y HTTP/1.1", 403),
            Map.entry("GET : HTTP/1.1", 403),
            Map.entry("GET http://[ HTTP/1.1", 403),
            Map.entry("CONNECT HOST HTTP/1.1", 403),
            Map.entry("CONNECT evil.example:443 HTTP/1.1", 403),
            Map.entry("GET /%zz HTTP/1.1", 400),
            Map.entry("GET ROOT% HTTP/1.1", 400),
            Map.entry("GET ROOT HTTP/1.1\r\nno header", 400),
            Map.entry("GET ROOT HTTP/1.1\r\n folded: line", 400),
            Map.entry("GET ROOT HTTP/1.1\r\nHo st: x", 400),
            Map.entry("GET ROOT HTTP/1.1\r\nContent-Length: -1", 400),
            Map.entry("GET ROOT HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2", 400),
            Map.entry("PRI * HTTP/2.0", 505),
            Map.entry("\u0016\u0003\u0001\u0002\u0000\u0001", 400));
    for (Map.Entry<String, Integer> each : lines.entrySet()) {
      String line = each.getKey().replace("ROOT", root).replace("HOST", host);
      byte[] request = (line + "\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
      assertRefused(send(request), each.getValue());
    }
  }

  @Test
  void chunks_are_asked_to_come_with_their_length() throws IOException {
    String chunked =
        String.join(
            "\r\n",
            "POST " + root + "prompt HTTP/1.1",
            "Host: " + host,
            "Content-Type: application/json",
            "Connection: close",
            "Transfer-Encoding: chunked",
            "",
            "zz",
            "");
    assertRefused(send(chunked.getBytes(StandardCharsets.UTF_8)), 411);
  }

  @Test
  void a_request_that_ends_in_the_middle_is_answered() throws IOException {
    assertRefused(sendAndEnd("GET"), 400);
    assertRefused(sendAndEnd("GET " + root + " HTTP/1.1\r\nHost: " + host), 400);
    assertRefused(
        sendAndEnd(
            "POST %sprompt HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                    .formatted(root, host)
                + "Content-Length: 9\r\n\r\n{"),
        400);
  }

  @Test
  void a_peer_that_waits_for_a_word_before_its_body_gets_one() throws IOException {
    Answered answered =
        ask(
            "POST",
            root + "prompt",
            "{\"text\":\"a\"}",
            "Content-Type: application/json",
            "Expect: 100-continue");
    assertThat(answered.status()).isEqualTo(100);
    assertThat(answered.body()).startsWith("HTTP/1.1 200 OK");
  }

  @Test
  void texts_beyond_eight_at_once_are_told_to_wait() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    reader =
        text -> {
          begun.countDown();
          try {
            go.await();
          } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
          }
          return new PromptReading("", List.of(text), List.of(List.of()), 0);
        };
    List<Future<Answered>> answers = new ArrayList<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 12; i++) {
        answers.add(clients.submit(() -> read("{\"text\":\"a\"}")));
      }
      begun.await();
      while (answers.stream().filter(Future::isDone).count() < 4) {
        Thread.sleep(10);
      }
      assertThat(get(root).status()).as("the page meanwhile").isEqualTo(200);
      go.countDown();
    }
    int read = 0;
    for (Future<Answered> answer : answers) {
      if (answer.get().status() == 200) {
        read++;
      } else {
        assertRefused(answer.get(), 503);
        assertThat(answer.get().header("Retry-After")).isEqualTo("1");
      }
    }
    assertThat(read).isEqualTo(8);
  }

  @Test
  void two_hundred_clients_that_never_finish_do_not_keep_others_out() throws IOException {
    int port = Integer.parseInt(host.substring(host.indexOf(':') + 1));
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        slow.add(socket);
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHo".getBytes(StandardCharsets.UTF_8));
      }
      assertThat(get(root).status()).isEqualTo(200);
      slow.getFirst().setSoTimeout(PATIENCE_MILLIS);
      assertThat(slow.getFirst().getInputStream().read()).as("closed in the end").isEqualTo(-1);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }
}
