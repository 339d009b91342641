// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.files.cache.UserCache;

/// Where the hub is and where its files are kept, by the environment variables of the hub's own
/// tools.
///
/// @param endpoint `HF_ENDPOINT`, or else `https://huggingface.co`; without a slash at its end
/// @param cache `HF_HUB_CACHE`, or else `$HF_HOME/hub`, or else `~/.cache/huggingface/hub`
/// @param token of the user: `HF_TOKEN`, or else what `$HF_HOME/token` holds; null if there is none
/// @param offline whether `HF_HUB_OFFLINE` forbids to use the network
public record HubSettings(URI endpoint, Path cache, @Nullable String token, boolean offline) {
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

  /// Those of this process.
  ///
  /// @throws IOException if a variable makes no sense; the message names it
  public static HubSettings ofEnvironment() throws IOException {
    return of(System.getenv());
  }

  /// Those of an environment.
  ///
  /// @throws IOException as [#ofEnvironment]
  public static HubSettings of(Map<String, String> environment) throws IOException {
    Path caches = UserCache.ofAllPrograms(environment);
    Path ours = path(environment, "HF_HOME", caches.resolve("huggingface"));
    String offline = word(environment, "HF_HUB_OFFLINE", "0");
    return new HubSettings(
        endpoint(word(environment, "HF_ENDPOINT", "https://huggingface.co")),
        path(environment, "HF_HUB_CACHE", ours.resolve("hub")),
        token(environment, path(environment, "HF_TOKEN_PATH", ours.resolve("token"))),
        TRUE.contains(offline.toLowerCase(Locale.ROOT)));
  }

  private static URI endpoint(String word) throws IOException {
    try {
      URI endpoint = new URI(word.replaceAll("/+$", ""));
      if (endpoint.getHost() != null
          && endpoint.getPort() <= HubConnection.LAST_PORT
          && Set.of("http", "https").contains(endpoint.getScheme())) {
        return endpoint;
      }
    } catch (URISyntaxException noAddress) {
      // said below
    }
    throw new IOException(
        "HF_ENDPOINT is '%s', no address of a server; give https://…, or unset it".formatted(word));
  }

  private static @Nullable String token(Map<String, String> environment, Path file)
      throws IOException {
    String token = word(environment, "HF_TOKEN", "");
    if (token.isEmpty() && Files.isRegularFile(file) && Files.size(file) < 4096) {
      token = Files.readString(file).strip();
    }
    if (token.isEmpty()) {
      return null;
    }
    if (!token.matches("[\\x21-\\x7e]+")) {
      throw new IOException(
          "the token for the hub has letters that no token has; correct HF_TOKEN, or " + file);
    }
    return token;
  }

  private static Path path(Map<String, String> environment, String variable, Path otherwise) {
    String word = word(environment, variable, "");
    if (word.isEmpty()) {
      return otherwise;
    }
    return word.startsWith("~/")
        ? Path.of(System.getProperty("user.home")).resolve(word.substring(2))
        : Path.of(word);
  }

  private static String word(Map<String, String> environment, String variable, String otherwise) {
    String word = environment.getOrDefault(variable, "").strip();
    return word.isEmpty() ? otherwise : word;
  }

  /// Without the token.
  @Override
  public String toString() {
    return "%s, kept in %s%s".formatted(endpoint, cache, offline ? ", offline" : "");
  }
}
