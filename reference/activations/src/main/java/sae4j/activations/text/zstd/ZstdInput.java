// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.zstd;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.util.ZstdVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sae4j.files.cache.UnpackedLibraries;

/// Unpacks Zstandard by the library of its authors.
public final class ZstdInput {
  private static final String LIBRARY_PROPERTY = "ZstdNativePath";

  private ZstdInput() {}

  /// What `packed` holds.
  public static InputStream unpacking(InputStream packed) throws IOException {
    prepareLibrary();
    return new ZstdInputStream(packed);
  }

  /// Lets the native library be loaded from the user's cache. Else it is unpacked into a temporary
  /// folder at each start.
  private static synchronized void prepareLibrary() throws IOException {
    if (System.getProperty(LIBRARY_PROPERTY) != null) {
      return;
    }
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String resource =
        system.contains("mac")
            ? "darwin/%s/libzstd-jni-%s.dylib"
            : system.contains("windows")
                ? "win/%s/libzstd-jni-%s.dll"
                : "linux/%s/libzstd-jni-%s.so";
    String path = resource.formatted(processor, ZstdVersion.VERSION);
    @Nullable URL library = ZstdVersion.class.getClassLoader().getResource(path);
    if (library != null) {
      UnpackedLibraries.folder("zstd", List.of(library))
          .ifPresent(
              folder ->
                  System.setProperty(
                      LIBRARY_PROPERTY,
                      folder.resolve(path.substring(path.lastIndexOf('/') + 1)).toString()));
    }
  }
}
