// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.natives;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.cache.UnpackedLibraries;

/// The native library of ONNX Runtime. A process loads one build of it, when the first session is
/// made: the build for processors, which stands on the class path, or the one for CUDA, which also
/// computes on processors.
public final class RuntimeLibrary {
  private static final String ORT_DISABLE_TELEMETRY = "ORT_DISABLE_TELEMETRY";
  private static final String FOLDER_PROPERTY = "onnxruntime.native.path";
  private static final String FOLDER_VARIABLE = "ONNXRUNTIME_NATIVE_PATH";

  /// Of every build, the one that tells the versions apart first.
  private static final List<String> NAMES = List.of("onnxruntime", "onnxruntime4j_jni");

  /// Of the build for CUDA.
  private static final List<String> CUDA_NAMES =
      List.of(
          "onnxruntime",
          "onnxruntime4j_jni",
          "onnxruntime_providers_shared",
          "onnxruntime_providers_cuda");

  private static @Nullable Boolean cuda;

  private RuntimeLibrary() {}

  /// Prepares the loading of the build for processors, unless a build is chosen already.
  ///
  /// @throws IOException if it cannot be unpacked
  public static synchronized void prepare() throws IOException {
    if (cuda != null) {
      return;
    }
    silence();
    if (!isChosenByUser()) {
      List<@Nullable URL> places =
          resources(NAMES).map(OrtEnvironment.class.getClassLoader()::getResource).toList();
      if (places.stream().allMatch(Objects::nonNull)) {
        UnpackedLibraries.folder(
                "onnxruntime", places.stream().map(Objects::requireNonNull).toList())
            .ifPresent(RuntimeLibrary::loadFrom);
      }
    }
    cuda = false;
  }

  /// Prepares the loading of the build for CUDA.
  ///
  /// @param build where it is
  /// @return why it cannot be loaded; empty if it can
  public static synchronized Optional<String> prepareCuda(CudaBuild build) {
    if (cuda != null) {
      return cuda
          ? Optional.empty()
          : Optional.of("the build of ONNX Runtime for processors is in use in this process");
    }
    if (!isChosenByUser()) {
      try {
        Optional<Path> folder =
            UnpackedLibraries.folder("onnxruntime-cuda", build.libraries(resources(CUDA_NAMES)));
        if (folder.isEmpty()) {
          return Optional.of("%s holds no libraries for %s".formatted(build.jar(), platform()));
        }
        loadFrom(folder.get());
      } catch (IOException noPlace) {
        return Optional.of(String.valueOf(noPlace.getMessage()));
      }
    }
    silence();
    cuda = true;
    return Optional.empty();
  }

  private static void loadFrom(Path folder) {
    System.setProperty(FOLDER_PROPERTY, folder.toString());
  }

  private static boolean isChosenByUser() {
    return System.getProperty(FOLDER_PROPERTY) != null || System.getenv(FOLDER_VARIABLE) != null;
  }

  private static Stream<String> resources(List<String> names) {
    String folder = "ai/onnxruntime/native/" + platform() + "/";
    return names.stream()
        .map(name -> folder + System.mapLibraryName(name).replace("jnilib", "dylib"));
  }

  /// As ONNX Runtime names systems and processors.
  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return (system.contains("mac") ? "osx" : system.contains("windows") ? "win" : "linux")
        + (processor.equals("aarch64") ? "-aarch64" : "-x64");
  }

  /// Switches off the telemetry of ONNX Runtime. Since 1.29, its Linux and macOS builds report to
  /// Microsoft unless the environment variable `ORT_DISABLE_TELEMETRY` is set when the library
  /// starts. Java cannot set a variable of its own process, but the C library can.
  // the one native call is setenv, whose signature POSIX fixes
  @SuppressWarnings("restricted")
  private static void silence() {
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
}
