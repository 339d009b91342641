// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

  void send(HttpExchange exchange) throws IOException {
    var headers = exchange.getResponseHeaders();
    HEADERS.forEach(headers::set);
    headers.set("Content-Type", type);
    if (status == 405) {
      headers.set("Allow", "GET, HEAD, POST");
    } else if (status == 503) {
      headers.set("Retry-After", "1");
    }
    boolean bodiless = exchange.getRequestMethod().equals("HEAD") || body.length == 0;
    exchange.sendResponseHeaders(status, bodiless ? -1 : body.length);
    if (!bodiless) {
      exchange.getResponseBody().write(body);
      // What is still buffered when a connection ends early would be lost.
      exchange.getResponseBody().flush();
    }
  }
}
