// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.natives;

import java.io.IOException;
import sae4j.files.cache.UserCache;

/// Settings that the tokenizers library reads once, before its first class is loaded.
public final class TokenizersLibrary {
  private static final String CACHE = "ENGINE_CACHE_DIR";

  private TokenizersLibrary() {}

  /// Makes the library use the CPU build that it contains, without downloads and without telemetry,
  /// and unpack its native code into the user's cache. Settings of the user stay.
  public static synchronized void prepare() throws IOException {
    setDefault("RUST_FLAVOR", "cpu");
    setDefault("OPT_OUT_TRACKING", "true");
    setDefault("ai.djl.offline", "true");
    if (isUnset(CACHE) && isUnset("DJL_CACHE_DIR")) {
      System.setProperty(CACHE, UserCache.folderOrTemporary().toString());
    }
  }

  /// One line for a user whose machine does not load it.
  public static String unloadable(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return ("the tokenizers library cannot be loaded (%s); make room in %s, or let %s name"
            + " another folder")
        .formatted(cause.getMessage(), System.getProperty(CACHE, "its cache"), CACHE);
  }

  private static void setDefault(String name, String value) {
    if (isUnset(name)) {
      System.setProperty(name, value);
    }
  }

  private static boolean isUnset(String name) {
    return System.getProperty(name) == null && System.getenv(name) == null;
  }
}
