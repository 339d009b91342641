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
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A server on loopback that answers for one repository as the hub does.
///
/// @param repository its name, behind `datasets/` if it is one of data
/// @param commit what its newest revision is
/// @param requests the paths that were asked for
record HubServer(
    HttpServer server, String repository, Path folder, String commit, List<String> requests)
    implements AutoCloseable {
  static final String COMMIT = "89abcdef0123456789abcdef0123456789abcdef";

  /// @param folder what the repository holds
  static HubServer of(String repository, Path folder) throws IOException {
    return of(repository, folder, COMMIT);
  }

  /// @param folder what the repository holds, at any commit
  static HubServer of(String repository, Path folder, String commit) throws IOException {
    HubServer hub =
        new HubServer(
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0),
            repository,
            folder,
            commit,
            Collections.synchronizedList(new ArrayList<>()));
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
      requests.add(path);
      String api = (repository.startsWith("datasets/") ? "/api/" : "/api/models/") + repository;
      Matcher revision = Pattern.compile(api + "/revision/(main|[0-9a-f]{40})").matcher(path);
      Matcher tree = Pattern.compile(api + "/tree/[0-9a-f]{40}(?:/(.*))?").matcher(path);
      Matcher file = Pattern.compile("/" + repository + "/resolve/[0-9a-f]{40}/(.*)").matcher(path);
      if (revision.matches()) {
        String named = revision.group(1);
        String sha = named.equals("main") ? commit : named;
        send(exchange, "{\"sha\":\"%s\"}".formatted(sha).getBytes(StandardCharsets.UTF_8));
      } else if (tree.matches()) {
        Path place = folder.resolve(tree.group(1) == null ? "" : tree.group(1));
        int depth = exchange.getRequestURI().getQuery().contains("true") ? Integer.MAX_VALUE : 1;
        send(exchange, entries(place, depth).toString().getBytes(StandardCharsets.UTF_8));
      } else if (file.matches()) {
        send(exchange, Files.readAllBytes(folder.resolve(file.group(1))));
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
