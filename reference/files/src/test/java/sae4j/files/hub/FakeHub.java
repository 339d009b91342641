// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A server on loopback that answers as the hub does: it lists a repository page by page, and leads
/// those who ask for a large file to another server.
final class FakeHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final int FILES_ON_A_PAGE = 2;

  /// Does something else than to answer.
  interface Fault {
    /// @return whether it has dealt with the request
    boolean handles(HttpExchange exchange) throws IOException;
  }

  private final Map<String, byte[]> files = new TreeMap<>();
  private final HttpServer hub;
  private final HttpServer store;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HubName name;

  /// `METHOD path`, and what range was asked for.
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  /// What the hub, and what the other server was sent as authorization.
  final List<String> tokens = Collections.synchronizedList(new ArrayList<>());

  volatile Fault fault = exchange -> false;

  /// @param repository the name of all of it
  FakeHub(String repository) throws IOException {
    this.name = HubName.parse(repository);
    this.hub = server(this::answer);
    this.store = server(this::large);
  }

  private HttpServer server(Answer answer) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String range = exchange.getRequestHeaders().getFirst("Range");
            requests.add(
                exchange.getRequestMethod()
                    + " "
                    + exchange.getRequestURI().getPath()
                    + (range == null ? "" : " " + range));
            tokens.add(
                "%s %s"
                    .formatted(
                        isStore(exchange) ? "store" : "hub",
                        exchange.getRequestHeaders().getFirst("Authorization")));
            if (!fault.handles(exchange)) {
              answer.to(exchange);
            }
          }
        });
    server.start();
    return server;
  }

  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  /// Adds a file; one of more than 1,000 bytes is large.
  FakeHub with(String path, byte[] content) {
    files.put(path, content.clone());
    return this;
  }

  FakeHub with(String path, String content) {
    return with(path, content.getBytes(StandardCharsets.UTF_8));
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String api = name.kind().api(name.repository());
    String resolve = "/" + name.kind().prefix() + name.repository() + "/resolve/";
    if (path.startsWith(api + "/revision/")) {
      if (path.endsWith("/main")
          || path.endsWith(COMMIT)
          || exchange.getRequestURI().getRawPath().endsWith("/refs%2Fpr%2F1")) {
        send(exchange, 200, "{\"sha\":\"" + COMMIT + "\"}");
      } else {
        refuse(exchange, 404, "RevisionNotFound", "Invalid rev id");
      }
    } else if (path.startsWith(api + "/tree/" + COMMIT)) {
      list(exchange, path.substring((api + "/tree/" + COMMIT).length()).replaceFirst("^/", ""));
    } else if (path.startsWith(resolve)) {
      resolve(exchange, path.substring(resolve.length()).replaceFirst("^[^/]*/", ""));
    } else {
      refuse(exchange, 404, "RepoNotFound", "Repository not found");
    }
  }

  static void refuse(HttpExchange exchange, int code, String error, String message)
      throws IOException {
    exchange.getResponseHeaders().set("X-Error-Code", error);
    exchange.getResponseHeaders().set("X-Error-Message", message);
    exchange.sendResponseHeaders(code, -1);
  }

  private static void send(HttpExchange exchange, int code, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void list(HttpExchange exchange, String folder) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    boolean recursive = query.contains("recursive=true");
    int page = query.contains("cursor=") ? Integer.parseInt(query.replaceAll(".*cursor=", "")) : 0;
    String begin = folder.isEmpty() ? "" : folder + "/";
    Map<String, String> entries = new TreeMap<>();
    files.forEach(
        (path, content) -> {
          if (path.startsWith(begin)) {
            int slash = path.indexOf('/', begin.length());
            for (int at = slash; at >= 0; at = recursive ? path.indexOf('/', at + 1) : -1) {
              String name = path.substring(0, at);
              entries.put(
                  name,
                  "{\"type\":\"directory\",\"oid\":\"0\",\"size\":0,\"path\":\"" + name + "\"}");
            }
            if (slash < 0 || recursive) {
              entries.put(path, entry(path, content));
            }
          }
        });
    if (entries.isEmpty()) {
      refuse(exchange, 404, "EntryNotFound", folder + " does not exist");
      return;
    }
    List<String> all = List.copyOf(entries.values());
    int end = Math.min(all.size(), (page + 1) * FILES_ON_A_PAGE);
    if (end < all.size()) {
      exchange
          .getResponseHeaders()
          .set(
              "Link",
              "<%s%s?recursive=%s&cursor=%d>; rel=\"next\""
                  .formatted(endpoint(), exchange.getRequestURI().getPath(), recursive, page + 1));
    }
    send(exchange, 200, all.subList(page * FILES_ON_A_PAGE, end).toString());
  }

  private static boolean isLarge(byte[] content) {
    return content.length > 1000;
  }

  private static String entry(String path, byte[] content) {
    return "{\"type\":\"file\",\"path\":\"%s\",\"size\":%d,\"oid\":\"%s\"%s}"
        .formatted(
            path.replace("\\", "\\\\"),
            content.length,
            gitSum(content),
            isLarge(content)
                ? ",\"lfs\":{\"oid\":\"%s\",\"size\":%d,\"pointerSize\":134}"
                    .formatted(sha256(content), content.length)
                : "");
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    byte[] content = files.get(path);
    if (content == null) {
      refuse(exchange, 404, "EntryNotFound", path + " does not exist");
      return;
    }
    exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
    exchange.getResponseHeaders().set("ETag", "\"" + gitSum(content) + "\"");
    if (!isLarge(content)) {
      content(exchange, content, Integer.MAX_VALUE);
      return;
    }
    exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256(content) + "\"");
    exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(content.length));
    exchange
        .getResponseHeaders()
        .set("Location", "http://localhost:" + store.getAddress().getPort() + "/" + path);
    exchange.sendResponseHeaders(302, -1);
  }

  private void large(HttpExchange exchange) throws IOException {
    content(exchange, stored(exchange), Integer.MAX_VALUE);
  }

  /// @param most how many bytes come before it hangs up
  private static void content(HttpExchange exchange, byte[] content, int most) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
    if (range != null) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    }
    int length = content.length - from;
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(length));
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, head || length == 0 ? -1 : length);
    if (!head) {
      exchange.getResponseBody().write(content, from, Math.min(most, length));
      exchange.getResponseBody().flush();
    }
  }

  /// Sends a part of what it says that it sends, and hangs up.
  void hangUpAfter(HttpExchange exchange, int bytes) throws IOException {
    content(exchange, stored(exchange), bytes);
  }

  private byte[] stored(HttpExchange exchange) {
    return Objects.requireNonNull(files.get(exchange.getRequestURI().getPath().substring(1)));
  }

  /// Whether a request came to the server of large files.
  boolean isStore(HttpExchange exchange) {
    return exchange.getLocalAddress().getPort() == store.getAddress().getPort();
  }

  static String sha256(byte[] content) {
    return digest("SHA-256", content);
  }

  static String gitSum(byte[] content) {
    byte[] begin = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[begin.length + content.length];
    System.arraycopy(begin, 0, all, 0, begin.length);
    System.arraycopy(content, 0, all, begin.length, content.length);
    return digest("SHA-1", all);
  }

  private static String digest(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    store.stop(0);
    threads.shutdownNow();
  }
}
