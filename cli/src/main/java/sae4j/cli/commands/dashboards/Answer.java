// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import sae4j.cli.terminal.Json;

/// A whole answer of the server. It is complete before its first byte is sent, so that nothing that
/// fails on the way leaves half of one.
///
/// @param status of HTTP
/// @param type of the body
record Answer(int status, String type, byte[] body) {
  /// Every answer has these, refusals too. No page of another origin may read, embed or frame what
  /// is served, whatever kind of request it makes; and no page served here loads, sends to or is
  /// framed by anything elsewhere.
  private static final Map<String, String> HEADERS =
      Map.of(
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "X-Content-Type-Options",
          "nosniff",
          "X-Frame-Options",
          "DENY",
          "Referrer-Policy",
          "no-referrer",
          "Cache-Control",
          "no-store",
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
              + " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
              + " frame-ancestors 'none'");

  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(400, "Bad Request"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(411, "Length Required"),
          Map.entry(413, "Content Too Large"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

  static Answer json(byte[] body) {
    return new Answer(200, "application/json", body);
  }

  /// A refusal: JSON with one line, `error`.
  static Answer error(int status, String line) {
    return new Answer(
        status,
        "application/json",
        Json.line(Json.object().put("error", line)).getBytes(StandardCharsets.UTF_8));
  }

  /// Sends all of it, as the last that goes over the connection.
  ///
  /// @param head whether only the header was asked for
  void send(OutputStream out, boolean head) throws IOException {
    StringBuilder header =
        new StringBuilder("HTTP/1.1 %d %s\r\n".formatted(status, REASONS.getOrDefault(status, "")));
    HEADERS.forEach((name, value) -> put(header, name, value));
    put(header, "Date", DATE.format(ZonedDateTime.now(ZoneOffset.UTC)));
    put(header, "Content-Type", type);
    put(header, "Content-Length", Integer.toString(body.length));
    put(header, "Connection", "close");
    if (status == 405) {
      put(header, "Allow", "GET, HEAD, POST");
    } else if (status == 503) {
      put(header, "Retry-After", "1");
    }
    out.write(header.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    if (!head) {
      out.write(body);
    }
    out.flush();
  }

  private static void put(StringBuilder header, String name, String value) {
    header.append(name).append(": ").append(value).append("\r\n");
  }
}
