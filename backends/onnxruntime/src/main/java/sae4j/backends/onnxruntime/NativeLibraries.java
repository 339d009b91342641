// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;

/// Settings that the native libraries read once, before their first class is loaded.
final class NativeLibraries {
  private static final String ORT_DISABLE_TELEMETRY = "ORT_DISABLE_TELEMETRY";

  private NativeLibraries() {}

  /// Makes the tokenizers library use the CPU build that it contains, without downloads and without
  /// telemetry, and unpack its native code into a writable cache folder. Settings of the user stay.
  static synchronized void prepareTokenizers() throws IOException {
    setDefault("RUST_FLAVOR", "cpu");
    setDefault("OPT_OUT_TRACKING", "true");
    setDefault("ai.djl.offline", "true");
    if (isUnset("ENGINE_CACHE_DIR") && isUnset("DJL_CACHE_DIR")) {
      System.setProperty("ENGINE_CACHE_DIR", cacheFolder().toString());
    }
  }

  /// Switches off the telemetry of ONNX Runtime. Since 1.29, its Linux and macOS builds report to
  /// Microsoft unless the environment variable `ORT_DISABLE_TELEMETRY` is set when the library
  /// starts. Java cannot set a variable of its own process, but the C library can.
  // the one native call is setenv, whose signature POSIX fixes
  @SuppressWarnings("restricted")
  static synchronized void silenceOnnxRuntime() {
    if (System.getenv(ORT_DISABLE_TELEMETRY) != null) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
    if (setenv.isEmpty()) {
      return; // Windows, where OrtEnvironment#setTelemetry does it
    }
    try (Arena arena = Arena.ofConfined()) {
      FunctionDescriptor type =
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
      int failed =
          (int)
              linker
                  .downcallHandle(setenv.get(), type)
                  .invokeExact(
                      arena.allocateFrom(ORT_DISABLE_TELEMETRY), arena.allocateFrom("1"), 1);
      if (failed != 0) {
        throw new IllegalStateException(
            "setenv "
                + ORT_DISABLE_TELEMETRY
                + " failed; set it in the environment before the start");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void setDefault(String name, String value) {
    if (isUnset(name)) {
      System.setProperty(name, value);
    }
  }

  private static boolean isUnset(String name) {
    return System.getProperty(name) == null && System.getenv(name) == null;
  }

  /// `$XDG_CACHE_HOME/sae4j`, else `~/.cache/sae4j`, else a folder for this user among the
  /// temporary files.
  private static Path cacheFolder() throws IOException {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path home = Path.of(System.getProperty("user.home"));
    Path folder =
        (xdg == null || xdg.isEmpty() ? home.resolve(".cache") : Path.of(xdg)).resolve("sae4j");
    try {
      Files.createDirectories(folder);
      if (Files.isWritable(folder)) {
        return folder;
      }
    } catch (IOException readOnlyHome) {
      // the temporary folder below serves as well
    }
    // The folder gets a random name, because native code is loaded from it and other users may
    // write to its parent.
    Path temporary = Files.createTempDirectory("sae4j-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteTree(temporary)));
    return temporary;
  }

  private static void deleteTree(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException leftBehind) {
      // the system cleans its temporary folder
    }
  }
}
