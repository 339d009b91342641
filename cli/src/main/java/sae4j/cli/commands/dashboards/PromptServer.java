// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import sae4j.cli.terminal.ErrorLine;
import sae4j.dashboard.PromptReading;
import sae4j.dashboard.site.DashboardFolder;
import sae4j.dashboard.site.Site;
import sae4j.files.json.JsonComplaint;

/// Serves a dashboard on the loopback interface, and reads text that is typed into it. [Admission]
/// says who may ask.
///
/// Every request of HTTP is answered, whatever fails: a failure inside is status 500 with its line.
/// What is no request within twenty seconds, or has a header beyond Java's own limit of 380 KiB,
/// ends with its connection.
final class PromptServer implements AutoCloseable {
  private static final JsonMapper STRICT_JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final int LARGEST_PROMPT_BYTES = 1 << 16;

  private static final int MOST_READ_BYTES = 1 << 24;

  private static final int LARGEST_HEADER_CHARACTERS = 1 << 14;
  private static final int REQUESTS_AT_ONCE = 64;
  private static final int PROMPTS_AT_ONCE = 8;

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8");
  private static final byte[] LIVE = "SAE.data(\"live\",true);\n".getBytes(StandardCharsets.UTF_8);

  /// Limits of Java's server, which reads them once: seconds in which a request must have arrived
  /// and an answer must be taken, and connections at once.
  private static final Map<String, String> LIMITS =
      Map.of(
          "sun.net.httpserver.maxReqTime", "20",
          "sun.net.httpserver.maxRspTime", "300",
          "jdk.httpserver.maxConnections", "2000");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Admission admission;
  private final Path folder;
  private final Function<String, PromptReading> reader;
  private final Semaphore requests = new Semaphore(REQUESTS_AT_ONCE);
  private final Semaphore prompts = new Semaphore(PROMPTS_AT_ONCE);

  /// @param folder of the dashboard
  /// @param reader used by one thread at a time
  /// @param port to listen on; 0 for any that is free
  PromptServer(Path folder, Function<String, PromptReading> reader, int port) throws IOException {
    LIMITS.forEach(
        (name, value) -> {
          if (System.getProperty(name) == null) {
            System.setProperty(name, value);
          }
        });
    this.folder = folder.toRealPath();
    this.reader = reader;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    admission = Admission.withNewToken(server.getAddress().getPort());
    server.createContext("/", this::handle);
    server.setExecutor(threads);
  }

  void start() {
    server.start();
  }

  /// Where the page is.
  String address() {
    return admission.address();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      answer(exchange).send(exchange);
      readOn(exchange);
    }
  }

  /// A connection that ends while its peer is still sending takes the answer with it, so the rest
  /// of the body is read.
  private static void readOn(HttpExchange exchange) {
    try {
      exchange.getRequestBody().skip(MOST_READ_BYTES);
    } catch (IOException | RuntimeException broken) {
      // The answer is sent.
    }
  }

  // Errors are caught too: a request that exhausts the memory or the stack is answered like any.
  private Answer answer(HttpExchange exchange) {
    try {
      return admitted(exchange);
    } catch (Throwable failure) {
      return Answer.error(500, ErrorLine.of(failure));
    }
  }

  private Answer admitted(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    Headers headers = exchange.getRequestHeaders();
    boolean reads = method.equals("GET") || method.equals("HEAD");
    if (exchange.getRequestURI().isAbsolute()) {
      return Answer.error(403, "ask for a path, not for the address of another server");
    }
    String path = admission.pathOf(exchange.getRequestURI().getPath()).orElse("");
    if (size(exchange) > LARGEST_HEADER_CHARACTERS) {
      return Answer.error(431, "the header of the request is too long; it may have 16 KiB");
    }
    if (!admission.isFromHere(headers, reads && path.equals("/"))) {
      return Answer.error(403, "only pages of this server may ask it");
    }
    if (path.isEmpty()) {
      return Answer.error(403, "open the address that sae serve has printed, with all of its path");
    }
    if (!requests.tryAcquire()) {
      return Answer.error(503, "too many requests at once; try again");
    }
    try {
      return path.equals("/prompt") && method.equals("POST")
          ? prompt(exchange)
          : reads ? page(path) : Answer.error(405, "this can only be read");
    } finally {
      requests.release();
    }
  }

  private static int size(HttpExchange exchange) {
    int size = exchange.getRequestURI().toString().length();
    for (var header : exchange.getRequestHeaders().entrySet()) {
      for (String value : header.getValue()) {
        size += header.getKey().length() + value.length();
      }
    }
    return size;
  }

  private Answer prompt(HttpExchange exchange) throws IOException {
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (type == null || !type.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?")) {
      return Answer.error(415, "the request must be application/json");
    }
    byte[] body;
    try {
      body = exchange.getRequestBody().readNBytes(LARGEST_PROMPT_BYTES + 1);
    } catch (IOException | RuntimeException broken) { // Java's reader of chunks throws both
      return Answer.error(400, "the body of the request cannot be read");
    }
    if (body.length > LARGEST_PROMPT_BYTES) {
      return Answer.error(413, "the text is too long; give at most 64 KiB");
    }
    JsonNode text;
    try {
      text = STRICT_JSON.readTree(body).path("text");
    } catch (JsonProcessingException malformed) {
      return Answer.error(400, "the request is no JSON: " + JsonComplaint.of(malformed));
    }
    if (!text.isTextual()) {
      return Answer.error(400, "the request needs a 'text'");
    }
    if (!prompts.tryAcquire()) {
      return Answer.error(503, "other texts are being read; try again");
    }
    try {
      return Answer.json(Site.json(read(text.textValue())));
    } catch (IllegalArgumentException wrong) {
      return Answer.error(400, ErrorLine.of(wrong));
    } finally {
      prompts.release();
    }
  }

  /// Model and backend serve one reader at a time.
  private synchronized PromptReading read(String text) {
    return reader.apply(text);
  }

  private Answer page(String path) throws IOException {
    if (path.equals("/" + Site.FOLDER + "/data/live.js")) {
      return new Answer(200, TYPES.getOrDefault("js", ""), LIVE);
    }
    String named = path.equals("/") ? DashboardFolder.PAGE : path.substring(1);
    String type = TYPES.get(named.substring(named.lastIndexOf('.') + 1));
    Path file;
    try {
      file = folder.resolve(named).normalize();
    } catch (InvalidPathException noPath) {
      return Answer.error(404, "there is no such page");
    }
    boolean ofTheSite =
        file.equals(folder.resolve(DashboardFolder.PAGE))
            || file.startsWith(folder.resolve(Site.FOLDER));
    if (!ofTheSite
        || type == null
        || !Files.isRegularFile(file)
        || !file.toRealPath().startsWith(folder)) {
      return Answer.error(404, "there is no such page");
    }
    return new Answer(200, type, Files.readAllBytes(file));
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
