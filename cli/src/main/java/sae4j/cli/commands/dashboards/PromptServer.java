// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import sae4j.cli.terminal.ErrorLine;
import sae4j.cli.terminal.Json;
import sae4j.dashboard.PromptReader;
import sae4j.dashboard.site.DashboardFolder;
import sae4j.dashboard.site.Site;

/// Serves a dashboard on the loopback interface, and reads text that is typed into it.
///
/// Only this machine can connect; and so that no page from elsewhere can make a browser on this
/// machine do it, requests must name the loopback host, and those that carry an origin must carry
/// the server's own.
final class PromptServer implements AutoCloseable {
  private static final int LARGEST_PROMPT_BYTES = 1 << 16;
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8");
  private static final byte[] LIVE = "SAE.data(\"live\",true);\n".getBytes(StandardCharsets.UTF_8);

  private final HttpServer server;
  private final Path folder;
  private final PromptReader reader;

  /// @param folder of the dashboard
  /// @param port to listen on; 0 for any that is free
  PromptServer(Path folder, PromptReader reader, int port) throws IOException {
    this.folder = folder.toRealPath();
    this.reader = reader;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/", this::handle);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
  }

  void start() {
    server.start();
  }

  /// Where the page is.
  String address() {
    return "http://127.0.0.1:%d/".formatted(server.getAddress().getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      boolean reads = exchange.getRequestMethod().equals("GET");
      if (!isFromHere(exchange)) {
        error(exchange, 403, "only pages of this server may ask it");
      } else if (path.equals("/prompt") && exchange.getRequestMethod().equals("POST")) {
        prompt(exchange);
      } else if (reads && path.equals("/" + Site.FOLDER + "/data/live.js")) {
        answer(exchange, 200, TYPES.getOrDefault("js", ""), LIVE);
      } else if (reads) {
        file(exchange, path.equals("/") ? "/" + DashboardFolder.PAGE : path);
      } else {
        error(exchange, 405, "this can only be read");
      }
    }
  }

  private boolean isFromHere(HttpExchange exchange) {
    int port = server.getAddress().getPort();
    String host = exchange.getRequestHeaders().getFirst("Host");
    String origin = exchange.getRequestHeaders().getFirst("Origin");
    boolean named =
        host != null && (host.equals("127.0.0.1:" + port) || host.equals("localhost:" + port));
    return named && (origin == null || origin.equals("http://" + host));
  }

  private void prompt(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(LARGEST_PROMPT_BYTES + 1);
    if (body.length > LARGEST_PROMPT_BYTES) {
      error(exchange, 413, "the text is too long; give at most 64 KiB");
      return;
    }
    try {
      JsonNode text = new JsonMapper().readTree(body).path("text");
      if (!text.isTextual()) {
        error(exchange, 400, "the request needs a 'text'");
        return;
      }
      byte[] reading;
      // Model and backend serve one reader at a time.
      synchronized (reader) {
        reading = Site.json(reader.read(text.textValue()));
      }
      answer(exchange, 200, "application/json", reading);
    } catch (JsonProcessingException | IllegalArgumentException wrong) {
      error(exchange, 400, ErrorLine.of(wrong));
    }
  }

  private void file(HttpExchange exchange, String path) throws IOException {
    Path file = folder.resolve(path.substring(1)).normalize();
    String name = path.substring(path.lastIndexOf('/') + 1);
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    boolean ofTheSite =
        file.equals(folder.resolve(DashboardFolder.PAGE))
            || file.startsWith(folder.resolve(Site.FOLDER));
    if (!ofTheSite || type == null || !Files.isRegularFile(file)) {
      error(exchange, 404, "there is no such page");
      return;
    }
    answer(exchange, 200, type, Files.readAllBytes(file));
  }

  private static void error(HttpExchange exchange, int status, String line) throws IOException {
    answer(
        exchange,
        status,
        "application/json",
        Json.line(Json.object().put("error", line)).getBytes(StandardCharsets.UTF_8));
  }

  private static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cache-Control", "no-store");
    headers.set(
        "Content-Security-Policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; frame-ancestors"
            + " 'none'");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
