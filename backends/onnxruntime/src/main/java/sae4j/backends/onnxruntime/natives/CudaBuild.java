// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.natives;

import ai.onnxruntime.OrtEnvironment;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The build of ONNX Runtime for CUDA, a jar of some hundred megabytes that is no part of this
/// program. It is found where `SAE4J_ONNXRUNTIME_GPU` says, or in Maven's local repository.
///
/// @param jar where it is
public record CudaBuild(Path jar) {
  /// The environment variable that says where it is.
  public static final String VARIABLE = "SAE4J_ONNXRUNTIME_GPU";

  private static final String ARTIFACT = "onnxruntime_gpu";

  /// The build of the version that the program was built with; empty if it is nowhere.
  public static Optional<CudaBuild> find(Map<String, String> environment) {
    String given = environment.getOrDefault(VARIABLE, "").strip();
    Path jar =
        given.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".m2", "repository", "com", "microsoft")
                .resolve(Path.of("onnxruntime", ARTIFACT, version()))
                .resolve(ARTIFACT + "-" + version() + ".jar")
            : Path.of(given);
    return Files.isRegularFile(jar) ? Optional.of(new CudaBuild(jar)) : Optional.empty();
  }

  /// What brings it here.
  public static String remedy() {
    String artifact = "com.microsoft.onnxruntime:%s:%s".formatted(ARTIFACT, version());
    return ("fetch it: mvn dependency:get -Dtransitive=false -Dartifact=%s (640 MB), or let %s name"
            + " the jar")
        .formatted(artifact, VARIABLE);
  }

  private static String version() {
    return OrtEnvironment.class.getPackage().getImplementationVersion();
  }

  /// Where libraries are in the jar.
  List<URL> libraries(Stream<String> resources) {
    return resources.map(this::inJar).toList();
  }

  private URL inJar(String resource) {
    try {
      return URI.create("jar:" + jar.toUri() + "!/" + resource).toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(jar + ": " + e.getMessage(), e);
    }
  }
}
