// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Who may ask the server on the loopback interface: the pages that it has served itself, and a
/// user who opens the address that it printed.
///
/// Four things are asked for, because each stops somebody else. The **host** must be the loopback
/// interface, so that a foreign name that is made to point here leads nowhere. An **origin**, where
/// there is one, must be the server's own. The browser's word on **where the request comes from**
/// (`Sec-Fetch-Site`) must be this origin or the address bar; a page elsewhere may link to the page
/// here, but include nothing. And the path begins with a **token** that was drawn when the server
/// started: programs of other users of this machine can connect, and some browsers say nothing of
/// where a request comes from.
///
/// @param port that the server listens on
/// @param token the first part of every path
record Admission(int port, String token) {
  private static final int TOKEN_BYTES = 16;

  /// The headers that decide.
  private static final List<String> DECIDE =
      List.of("Host", "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest");

  /// With a new token of 128 random bits.
  static Admission withNewToken(int port) {
    byte[] bits = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bits);
    return new Admission(port, Base64.getUrlEncoder().withoutPadding().encodeToString(bits));
  }

  /// The address to open.
  String address() {
    return "http://127.0.0.1:%d/%s/".formatted(port, token);
  }

  /// The path below the token, `/` for the page; empty where the token is missing or another.
  Optional<String> pathOf(String path) {
    int end = path.indexOf('/', 1);
    boolean known = end > 0 && same(path.substring(1, end), token);
    return known ? Optional.of(path.substring(end)) : Optional.empty();
  }

  /// Compares without telling by the time it takes how much of it is right.
  private static boolean same(String given, String expected) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
  }

  /// Whether the request comes from where it may come from.
  ///
  /// @param opensPage whether it only reads the page itself, to which others may link
  boolean isFromHere(HttpRequest request, boolean opensPage) {
    if (DECIDE.stream()
        .anyMatch(name -> request.headers().getOrDefault(name, List.of()).size() > 1)) {
      return false; // which of them is meant, nobody knows
    }
    String host = request.header("Host");
    String origin = request.header("Origin");
    boolean named =
        host != null && (host.equals("127.0.0.1:" + port) || host.equals("localhost:" + port));
    return named
        && (origin == null || origin.equals("http://" + host))
        && (isOfThisSite(request) || (opensPage && isFollowedLink(request)));
  }

  /// `none` is the address bar or a bookmark. Another port of this machine is the same site but not
  /// the same origin.
  private static boolean isOfThisSite(HttpRequest request) {
    String site = request.header("Sec-Fetch-Site");
    return site == null || site.equals("same-origin") || site.equals("none");
  }

  private static boolean isFollowedLink(HttpRequest request) {
    return "navigate".equals(request.header("Sec-Fetch-Mode"))
        && "document".equals(request.header("Sec-Fetch-Dest"));
  }
}
