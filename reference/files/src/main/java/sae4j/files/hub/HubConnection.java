// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Asks the hub. It follows redirects itself, because the token is for the hub alone and not for
/// the server that a redirect leads to.
final class HubConnection {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration READ = Duration.ofSeconds(30);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
  private static final Duration USUAL_WAIT = Duration.ofSeconds(2);
  private static final int MOST_REDIRECTS = 10;
  static final int LAST_PORT = 65_535;
  private static final Set<String> SCHEMES = Set.of("http", "https");
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int LONGEST_REASON = 300;

  private final HubSettings settings;

  HubConnection(HubSettings settings) {
    this.settings = settings;
  }

  /// The hub said no. Asking again will not help.
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  /// The hub asks to come back later.
  static final class Busy extends IOException {
    private static final long serialVersionUID = 1;
    private final transient Duration wait;

    Busy(String message, Duration wait) {
      super(message);
      this.wait = wait;
    }

    /// How long to wait.
    Duration untilThen() {
      return wait;
    }
  }

  /// An answer, from its first byte on.
  ///
  /// @param from which byte of the file it begins at
  /// @param next the address of the next page of a list; null if there is none
  record Answer(InputStream body, long from, @Nullable String next) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  /// The address of something on the hub.
  ///
  /// @param path begins with `/`; not yet encoded
  URI address(String path) {
    URI endpoint = settings.endpoint();
    try {
      return new URI(
          endpoint.getScheme(),
          null,
          endpoint.getHost(),
          endpoint.getPort(),
          Objects.requireNonNullElse(endpoint.getPath(), "") + path,
          null,
          null);
    } catch (URISyntaxException impossible) {
      throw new IllegalArgumentException(path, impossible);
    }
  }

  /// Gets what is at an address.
  ///
  /// @param subject what is asked for, to name it in messages
  /// @param from the first byte that is wanted; 0 for all
  /// @throws Refused if there will be no such answer
  /// @throws Busy if it may come later
  /// @throws IOException if the hub cannot be reached, or the connection breaks
  Answer get(HubName subject, URI address, long from) throws IOException {
    URI at = address;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpURLConnection connection = open(at, from);
      int code = connection.getResponseCode();
      switch (code) {
        case HttpURLConnection.HTTP_OK, HttpURLConnection.HTTP_PARTIAL -> {
          return new Answer(
              connection.getInputStream(),
              code == HttpURLConnection.HTTP_OK ? 0 : begin(connection, from),
              next(connection.getHeaderField("Link")));
        }
        case 301, 302, 303, 307, 308 -> {
          String location = connection.getHeaderField("Location");
          connection.getInputStream().close();
          at = follow(subject, at, Objects.requireNonNullElse(location, ""));
        }
        default -> throw refusal(subject, connection, code);
      }
    }
    throw new Refused("%s: %s leads from one address to the next".formatted(subject, address));
  }

  /// Where an answer leads.
  ///
  /// @param to an address, or a part of one that stands for the rest of `from`
  /// @throws Refused if that is no address of a web server
  static URI follow(HubName subject, URI from, String to) throws Refused {
    try {
      URI at = from.resolve(new URI(to));
      if (!to.isBlank()
          && at.getHost() != null
          && at.getPort() <= LAST_PORT
          && SCHEMES.contains(String.valueOf(at.getScheme()).toLowerCase(Locale.ROOT))) {
        return at;
      }
    } catch (URISyntaxException noAddress) {
      // said below
    }
    throw new Refused(
        "%s: %s leads to '%s', which is no address of a web server; is HF_ENDPOINT a hub?"
            .formatted(subject, from, to.replaceAll("\\p{Cntrl}", "?")));
  }

  private HttpURLConnection open(URI at, long from) throws IOException {
    if (!(at.toURL().openConnection() instanceof HttpURLConnection connection)) {
      throw new IOException(at + " is no address of a web server");
    }
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout((int) CONNECT.toMillis());
    connection.setReadTimeout((int) READ.toMillis());
    connection.setUseCaches(false);
    connection.setRequestProperty("User-Agent", "sae4j");
    connection.setRequestProperty("Accept-Encoding", "identity");
    if (from > 0) {
      connection.setRequestProperty("Range", "bytes=" + from + "-");
    }
    if (settings.token() != null && isHub(at)) {
      connection.setRequestProperty("Authorization", "Bearer " + settings.token());
    }
    return connection;
  }

  /// Whether an address is at the hub, by scheme, host and port.
  private boolean isHub(URI at) {
    URI hub = settings.endpoint();
    return Objects.equals(hub.getScheme(), at.getScheme())
        && hub.getHost().equalsIgnoreCase(at.getHost())
        && hub.getPort() == at.getPort();
  }

  /// Where the content of a partial answer begins.
  private static long begin(HttpURLConnection connection, long from) throws IOException {
    String range = Objects.requireNonNullElse(connection.getHeaderField("Content-Range"), "");
    if (!range.matches("bytes \\d{1,18}-.*")) {
      throw new IOException("the answer does not say which part of the file it is: " + range);
    }
    long begin = Long.parseLong(range.substring("bytes ".length(), range.indexOf('-')));
    if (begin != from) {
      throw new IOException("the answer begins at byte %,d instead of %,d".formatted(begin, from));
    }
    return begin;
  }

  /// The address that a header marks with `rel="next"`.
  private static @Nullable String next(@Nullable String link) {
    if (link == null) {
      return null;
    }
    for (String each : link.split(",\\s*(?=<)", -1)) {
      if (each.matches("<[^>]+>.*;\\s*rel=\"?next\"?.*")) {
        return each.substring(1, each.indexOf('>'));
      }
    }
    return null;
  }

  private IOException refusal(HubName subject, HttpURLConnection connection, int code)
      throws IOException {
    String why = Objects.requireNonNullElse(connection.getHeaderField("X-Error-Code"), "");
    String reason = reason(connection);
    if (code == TOO_MANY_REQUESTS || code == HttpURLConnection.HTTP_UNAVAILABLE) {
      Duration wait = wait(connection.getHeaderField("Retry-After"));
      String message = "%s: the hub is busy (%d)".formatted(subject, code);
      return wait.compareTo(LONGEST_WAIT) > 0
          ? new Refused(
              "%s and asks to come back in %,d s; try again then"
                  .formatted(message, wait.toSeconds()))
          : new Busy(message, wait);
    }
    if (code >= HttpURLConnection.HTTP_INTERNAL_ERROR) {
      return new IOException("the hub failed (%d%s)".formatted(code, reason));
    }
    String page = settings.endpoint() + "/" + subject.kind().prefix() + subject.repository();
    if (code == HttpURLConnection.HTTP_UNAUTHORIZED || code == HttpURLConnection.HTTP_FORBIDDEN) {
      boolean gated = why.equals("GatedRepo") || code == HttpURLConnection.HTTP_FORBIDDEN;
      return new Refused(
          gated
              ? "%s: is gated (%d%s); accept its terms at %s, and %s"
                  .formatted(subject, code, reason, page, token())
              : "%s: there is no such repository, or it is private (%d%s); check the name, or %s"
                  .formatted(subject, code, reason, token()));
    }
    if (code == HttpURLConnection.HTTP_NOT_FOUND) {
      return new Refused(
          switch (why) {
            case "RevisionNotFound" ->
                "%s: there is no revision '%s'; see %s/commits"
                    .formatted(subject, subject.revision(), page);
            case "RepoNotFound" ->
                "%s: there is no such repository at %s; check the name"
                    .formatted(subject, settings.endpoint());
            default ->
                "%s: there is no such thing at %s (404%s); check the name, or look at %s/tree/%s"
                    .formatted(subject, settings.endpoint(), reason, page, subject.revision());
          });
    }
    return new Refused(
        "%s: the hub refuses (%d%s); look at %s".formatted(subject, code, reason, page));
  }

  private String token() {
    return settings.token() == null
        ? "set HF_TOKEN to a token of yours"
        : "use a token in HF_TOKEN that may read it";
  }

  /// What the hub says, in its header or in a short plain answer.
  private static String reason(HttpURLConnection connection) throws IOException {
    String said = connection.getHeaderField("X-Error-Message");
    try (InputStream body = connection.getErrorStream()) {
      if (said == null && body != null && "text/plain".equals(connection.getContentType())) {
        said = new String(body.readNBytes(LONGEST_REASON), StandardCharsets.UTF_8);
      }
    }
    if (said == null || said.isBlank()) {
      return "";
    }
    String line = said.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    return ": " + line.substring(0, Math.min(line.length(), LONGEST_REASON));
  }

  private static Duration wait(@Nullable String retryAfter) {
    if (retryAfter == null) {
      return USUAL_WAIT;
    }
    if (retryAfter.strip().matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(retryAfter.strip()));
    }
    try {
      Instant then =
          ZonedDateTime.parse(retryAfter.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(Instant.now(), then);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException neither) {
      return USUAL_WAIT;
    }
  }
}
