// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// A server on loopback that answers for one repository as the hub does.
record HubServer(HttpServer server, String repository, Path folder) implements AutoCloseable {
  private static final String COMMIT = "89abcdef0123456789abcdef0123456789abcdef";

  /// @param folder what the repository holds
  static HubServer of(String repository, Path folder) throws IOException {
    HubServer hub =
        new HubServer(
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0),
            repository,
            folder);
    hub.server.createContext("/", hub::answer);
    hub.server.start();
    return hub;
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String tree = "/api/models/" + repository + "/tree/" + COMMIT;
      String resolve = "/" + repository + "/resolve/" + COMMIT + "/";
      if (path.equals("/api/models/" + repository + "/revision/main")) {
        send(exchange, "{\"sha\":\"%s\"}".formatted(COMMIT).getBytes(StandardCharsets.UTF_8));
      } else if (path.startsWith(tree)) {
        Path place = folder.resolve(path.substring(tree.length()).replaceFirst("^/", ""));
        int depth = exchange.getRequestURI().getQuery().contains("true") ? Integer.MAX_VALUE : 1;
        send(exchange, entries(place, depth).toString().getBytes(StandardCharsets.UTF_8));
      } else if (path.startsWith(resolve)) {
        send(exchange, Files.readAllBytes(folder.resolve(path.substring(resolve.length()))));
      } else {
        exchange.getResponseHeaders().set("X-Error-Code", "RepoNotFound");
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private static void send(HttpExchange exchange, byte[] content) throws IOException {
    exchange.sendResponseHeaders(200, content.length);
    exchange.getResponseBody().write(content);
  }

  private List<String> entries(Path place, int depth) throws IOException {
    List<String> entries = new ArrayList<>();
    try (Stream<Path> below = Files.walk(place, depth)) {
      for (Path each : below.filter(path -> !path.equals(place)).sorted().toList()) {
        String path = folder.relativize(each).toString();
        entries.add(
            Files.isDirectory(each)
                ? "{\"type\":\"directory\",\"path\":\"%s\"}".formatted(path)
                : "{\"type\":\"file\",\"path\":\"%s\",\"size\":%d,\"oid\":\"%s\"}"
                    .formatted(path, Files.size(each), sum(Files.readAllBytes(each))));
      }
    }
    return entries;
  }

  /// As git names content.
  private static String sum(byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update("blob %d\0".formatted(content.length).getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest.digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
