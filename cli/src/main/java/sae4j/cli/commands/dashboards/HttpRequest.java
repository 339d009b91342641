// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A request of HTTP/1.1, of which the header has arrived. What cannot be read as one is refused
/// with the status that says why, so that it is answered too.
///
/// RFC 9112
///
/// @param method `GET` and so on
/// @param target as it stands in the request
/// @param headers by their names, whatever the case
/// @param rest what follows the header
/// @param length of the body in bytes
record HttpRequest(
    String method, String target, Map<String, List<String>> headers, Rest rest, long length) {
  private static final int LARGEST_HEADER_BYTES = 1 << 14;
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern REQUEST =
      Pattern.compile("(%s) ([\\x21-\\x7E]+) HTTP/(\\d)\\.\\d".formatted(TOKEN));
  private static final Pattern HEADER =
      Pattern.compile("(%s):[ \t]*([^\\x00-\\x08\\x0A-\\x1F\\x7F]*)".formatted(TOKEN));

  /// Both directions of the connection.
  ///
  /// @param in what the peer sends
  /// @param out for the word that it may go on
  record Rest(InputStream in, OutputStream out) {}

  /// What cannot be answered but by a refusal.
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    Refused(int status, String line) {
      super(line);
      this.status = status;
    }

    Answer answer() {
      return Answer.error(status, String.valueOf(getMessage()));
    }
  }

  /// Reads the header of a request.
  ///
  /// @return null where the peer has sent nothing
  /// @throws Refused if it is none
  static @Nullable HttpRequest read(InputStream in, OutputStream out) throws IOException, Refused {
    Header header = new Header(in);
    String first = header.line();
    if (first.isEmpty()) { // an empty line may be left of a request before
      first = header.line();
    }
    if (header.ended && first.isEmpty()) {
      return null;
    }
    Matcher request = REQUEST.matcher(first);
    if (!request.matches()) {
      throw new Refused(400, "this is no request of HTTP/1.1");
    }
    if (!request.group(3).equals("1")) {
      throw new Refused(505, "this server speaks HTTP/1.1");
    }
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line = header.line(); !line.isEmpty(); line = header.line()) {
      Matcher each = HEADER.matcher(line);
      if (!each.matches()) {
        throw new Refused(400, "a line of the header is no name with a value");
      }
      headers.computeIfAbsent(each.group(1), _ -> new ArrayList<>()).add(each.group(2).strip());
    }
    if (header.ended) {
      throw new Refused(400, "the header of the request ends in the middle");
    }
    return new HttpRequest(
        request.group(1), request.group(2), headers, new Rest(in, out), length(headers));
  }

  private static long length(Map<String, List<String>> headers) throws Refused {
    if (headers.containsKey("Transfer-Encoding")) {
      throw new Refused(411, "give the length of the body, Content-Length, instead of chunks");
    }
    List<String> lengths = headers.getOrDefault("Content-Length", List.of("0"));
    if (lengths.size() > 1 || !lengths.getFirst().matches("\\d{1,18}")) {
      throw new Refused(400, "the Content-Length is no length");
    }
    return Long.parseLong(lengths.getFirst());
  }

  /// The lines of a header, within a limit.
  private static final class Header {
    private final InputStream in;
    private int size;
    private boolean ended;

    Header(InputStream in) {
      this.in = in;
    }

    /// The next line; at the end of the stream, what there is.
    String line() throws IOException, Refused {
      StringBuilder line = new StringBuilder();
      while (true) {
        int next = in.read();
        ended = next < 0;
        if (ended || next == '\n') {
          break;
        }
        if (++size > LARGEST_HEADER_BYTES) {
          throw new Refused(431, "the header of the request is too long; it may have 16 KiB");
        }
        line.append((char) next);
      }
      boolean carriageReturn = !line.isEmpty() && line.charAt(line.length() - 1) == '\r';
      return line.substring(0, line.length() - (carriageReturn ? 1 : 0));
    }
  }

  /// The value of a header; null where there is none.
  @Nullable String header(String name) {
    return headers.containsKey(name) ? headers.getOrDefault(name, List.of()).getFirst() : null;
  }

  /// What the target names, without a query and with percent signs read.
  ///
  /// @throws Refused if it is no path
  String path() throws Refused {
    if (!target.startsWith("/")) {
      throw new Refused(403, "ask for a path, not for the address of another server");
    }
    String path = target.replaceFirst("[?#].*", "").replace("+", "%2B");
    try {
      return URLDecoder.decode(path, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException broken) {
      throw new Refused(400, "the path has a percent sign without two hexadecimal digits");
    }
  }

  /// Reads the body, which takes memory of its length.
  ///
  /// @throws EOFException if the peer sends less than it has said
  byte[] body() throws IOException {
    if ("100-continue".equalsIgnoreCase(header("Expect"))) {
      rest.out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      rest.out.flush();
    }
    byte[] body = rest.in.readNBytes(Math.toIntExact(length));
    if (body.length < length) {
      throw new EOFException("the body ends in the middle");
    }
    return body;
  }
}
