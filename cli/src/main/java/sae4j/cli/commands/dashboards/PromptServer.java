// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
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
/// Every request is answered, whatever fails: a failure inside is status 500 with its line.
final class PromptServer implements AutoCloseable {
  private static final JsonMapper STRICT_JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final int LARGEST_PROMPT_BYTES = 1 << 16;

  private static final int REQUESTS_AT_ONCE = 64;
  private static final int PROMPTS_AT_ONCE = 8;

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8");
  private static final byte[] LIVE = "SAE.data(\"live\",true);\n".getBytes(StandardCharsets.UTF_8);

  private final LoopbackServer server;
  private final Admission admission;
  private final Path folder;
  private final Function<String, PromptReading> reader;
  private final Semaphore requests = new Semaphore(REQUESTS_AT_ONCE);
  private final Semaphore prompts = new Semaphore(PROMPTS_AT_ONCE);

  /// @param folder of the dashboard
  /// @param reader used by one thread at a time
  /// @param port to listen on; 0 for any that is free
  PromptServer(Path folder, Function<String, PromptReading> reader, int port) throws IOException {
    this.folder = folder.toRealPath();
    this.reader = reader;
    server = new LoopbackServer(port, this::answer);
    admission = Admission.withNewToken(server.port());
  }

  void start() {
    server.start();
  }

  /// Where the page is.
  String address() {
    return admission.address();
  }

  // Errors are caught too: a request that exhausts the memory or the stack is answered like any.
  private Answer answer(HttpRequest request, Runnable received) {
    try {
      return admitted(request, received);
    } catch (HttpRequest.Refused refused) {
      return refused.answer();
    } catch (Throwable failure) {
      return Answer.error(500, ErrorLine.of(failure));
    }
  }

  private Answer admitted(HttpRequest request, Runnable received)
      throws IOException, HttpRequest.Refused {
    String method = request.method();
    boolean reads = method.equals("GET") || method.equals("HEAD");
    String path = admission.pathOf(request.path()).orElse("");
    if (!admission.isFromHere(request, reads && path.equals("/"))) {
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
          ? prompt(request, received)
          : reads ? page(path) : Answer.error(405, "this can only be read");
    } finally {
      requests.release();
    }
  }

  private Answer prompt(HttpRequest request, Runnable received) throws IOException {
    String type = request.header("Content-Type");
    if (type == null || !type.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?")) {
      return Answer.error(415, "the request must be application/json");
    }
    if (request.length() > LARGEST_PROMPT_BYTES) {
      return Answer.error(413, "the text is too long; give at most 64 KiB");
    }
    byte[] body;
    try {
      body = request.body();
    } catch (IOException broken) {
      return Answer.error(400, "the body of the request cannot be read");
    }
    received.run();
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
  public void close() throws IOException {
    server.close();
  }
}
