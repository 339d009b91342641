// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One page in a headless Chromium, driven through the DevTools protocol. Errors of the page and
/// its requests are recorded for the test.
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();

  private final Process process;
  private final Path profile;
  private final WebSocket socket;
  private final AtomicInteger number = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private String session = "";

  private Chromium(Process process, Path profile, URI devTools) {
    this.process = process;
    this.profile = profile;
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(devTools, new Listener())
            .join();
  }

  /// The browser's program. Where none is on the PATH, the test that asks is skipped.
  static Path programOrSkip() {
    Optional<Path> program =
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        program.isPresent(), "no Chromium on the PATH (chromium, google-chrome): not looked at");
    return program.get();
  }

  /// Starts it with an empty page.
  static Chromium open(Path program) throws IOException, InterruptedException {
    Path profile = Files.createTempDirectory("chromium");
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .start();
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    while (line != null && !line.startsWith("DevTools listening on ")) {
      line = out.readLine();
    }
    if (line == null) {
      throw new IOException(program + " ended before it could be driven");
    }
    Thread.ofVirtual().start(() -> out.lines().forEach(ignored -> {}));
    Chromium browser =
        new Chromium(
            process, profile, URI.create(line.substring("DevTools listening on ".length())));
    JsonNode target = browser.send("Target.createTarget", Map.of("url", "about:blank"));
    browser.session =
        browser
            .send(
                "Target.attachToTarget",
                Map.of("targetId", target.path("targetId").asText(), "flatten", true))
            .path("sessionId")
            .asText();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      browser.send(domain + ".enable", Map.of());
    }
    return browser;
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
      text.append(part);
      if (isLast) {
        try {
          received(JSON.readTree(text.toString()));
        } catch (IOException malformed) {
          complaint(malformed.toString());
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private synchronized void complaint(String line) {
    complaints.add(line);
  }

  private synchronized void received(JsonNode message) {
    JsonNode details = message.path("params");
    switch (message.path("method").asText()) {
      case "Runtime.exceptionThrown" -> complaints.add(details.toString());
      case "Log.entryAdded" -> {
        if (details.path("entry").path("level").asText().equals("error")) {
          complaints.add(details.toString());
        }
      }
      case "Runtime.consoleAPICalled" -> {
        if (details.path("type").asText().matches("error|warning|assert")) {
          complaints.add(details.toString());
        }
      }
      case "Network.requestWillBeSent" ->
          requests.add(details.path("request").path("url").asText());
      default -> {
        CompletableFuture<JsonNode> answer = answers.remove(message.path("id").asInt(-1));
        if (answer != null) {
          answer.complete(message);
        }
      }
    }
  }

  /// Calls a method of the protocol.
  JsonNode send(String method, Map<String, ?> parameters) throws IOException, InterruptedException {
    int id = number.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    socket.sendText(message.toString(), true).join();
    try {
      JsonNode answered = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (answered.has("error")) {
        throw new IOException(method + ": " + answered.path("error"));
      }
      return answered.path("result");
    } catch (ExecutionException | TimeoutException unanswered) {
      throw new IOException(method + " was not answered", unanswered);
    }
  }

  /// The value of a JavaScript expression in the page, awaited if it is a promise.
  JsonNode value(String expression) throws IOException, InterruptedException {
    JsonNode result =
        send(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new IOException(expression + ": " + result.path("exceptionDetails"));
    }
    return result.path("result").path("value");
  }

  /// Waits until an expression is true.
  void await(String expression) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!value("Boolean(" + expression + ")").asBoolean()) {
      assertThat(System.nanoTime()).as("still not true: " + expression).isLessThan(end);
      Thread.sleep(20);
    }
  }

  /// Loads an address again and waits until the site shows it.
  void open(String address) throws IOException, InterruptedException {
    send("Page.navigate", Map.of("url", "about:blank"));
    await("location.href === 'about:blank'");
    send("Page.navigate", Map.of("url", address));
    String hash = address.contains("#") ? address.substring(address.indexOf('#')) : "#/";
    await("document.querySelector('main')?.dataset.shown === '" + hash + "'");
  }

  /// Follows a link within the site.
  void show(String hash) throws IOException, InterruptedException {
    value("location.hash = '" + hash + "'");
    await("document.querySelector('main').dataset.shown === '" + hash + "'");
  }

  /// Presses keys one after another: single characters, or names such as `Enter`.
  void press(String... keys) throws IOException, InterruptedException {
    for (String key : keys) {
      int code =
          switch (key) {
            case "Enter" -> 13;
            case "Escape" -> 27;
            case "Tab" -> 9;
            case "ArrowLeft" -> 37;
            case "ArrowUp" -> 38;
            case "ArrowRight" -> 39;
            case "ArrowDown" -> 40;
            // The key code of a punctuation character is that of another key.
            default ->
                Character.isLetterOrDigit(key.charAt(0)) ? Character.toUpperCase(key.charAt(0)) : 0;
          };
      String text = key.equals("Enter") ? "\r" : key.length() == 1 ? key : "";
      Map<String, ?> event =
          Map.of("key", key, "windowsVirtualKeyCode", code, "text", text, "type", "keyDown");
      send("Input.dispatchKeyEvent", event);
      send(
          "Input.dispatchKeyEvent",
          Map.of("key", key, "windowsVirtualKeyCode", code, "type", "keyUp"));
    }
  }

  /// Sets the size of the window and the system's preferred colour scheme.
  void look(int width, int height, String colours) throws IOException, InterruptedException {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    send(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
  }

  /// Errors and warnings of the page so far.
  synchronized List<String> complaints() {
    return List.copyOf(complaints);
  }

  /// Addresses that the page has requested so far.
  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  /// Forgets errors and addresses.
  synchronized void forget() {
    complaints.clear();
    requests.clear();
  }

  @Override
  public void close() throws IOException {
    try {
      send("Browser.close", Map.of());
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.walk(profile)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
