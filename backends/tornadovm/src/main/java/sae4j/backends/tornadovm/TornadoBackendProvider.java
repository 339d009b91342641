// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sae4j.backends.tornadovm.engine.DeviceProvider;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.Precision;

/// Offers TornadoVM if its SDK is installed, the JVM was started with it, and TornadoVM finds a
/// device. Otherwise this class says which of these is missing, and what to do about it. No type of
/// TornadoVM is used here.
public final class TornadoBackendProvider implements BackendProvider {
  /// The version that the device module is compiled against. The build takes it from
  /// `.mvn/maven.config`.
  static final String VERSION = version();

  private static final String API = "tornado-api-";
  private static final String STARTED_WITH = "tornado.load.api.implementation";
  private static final String INSTALL =
      "install it: sdk install tornadovm %s-opencl (or -cuda for NVIDIA GPUs; docs/tornadovm.md)"
          .formatted(VERSION);
  private static final int ACCELERATOR = 20;
  private static final int PROCESSOR = 1;

  private static String version() {
    Properties properties = new Properties();
    try (InputStream file =
        TornadoBackendProvider.class.getResourceAsStream("tornadovm.properties")) {
      properties.load(Objects.requireNonNull(file, "tornadovm.properties"));
    } catch (IOException failure) {
      throw new UncheckedIOException("tornadovm.properties", failure);
    }
    return Objects.requireNonNull(properties.getProperty("version"), "tornadovm.properties");
  }

  @Override
  public String name() {
    return "tornadovm";
  }

  @Override
  public Availability availability() {
    try {
      List<DeviceProvider.Device> devices = devices();
      return new Availability.Available(
          "TornadoVM %s: %s".formatted(VERSION, described(devices)),
          devices.getFirst().accelerator() ? ACCELERATOR : PROCESSOR);
    } catch (Missing missing) {
      return new Availability.Unavailable(missing.reason, missing.remedy);
    }
  }

  private static String described(List<DeviceProvider.Device> devices) {
    return devices.stream()
        .map(DeviceProvider.Device::described)
        .collect(Collectors.joining("; also "));
  }

  @Override
  public Backend open(int threads) {
    return open(threads, Precision.FP32);
  }

  @Override
  public Backend open(int threads, Precision precision) {
    try {
      devices();
      return new RecordedBackend(provider().open(precision));
    } catch (Missing missing) {
      throw new IllegalStateException(
          "backend 'tornadovm' cannot run here: %s; %s".formatted(missing.reason, missing.remedy),
          missing);
    }
  }

  /// What is missing, and what to do about it.
  static final class Missing extends Exception {
    private static final long serialVersionUID = 1;
    final String reason;
    final String remedy;

    Missing(String reason, String remedy) {
      super(reason + "; " + remedy);
      this.reason = reason;
      this.remedy = remedy;
    }
  }

  private static List<DeviceProvider.Device> devices() throws Missing {
    requireStarted(System.getProperty(STARTED_WITH) != null, installation());
    requireVersion(System.getProperty("jdk.module.path", ""));
    DeviceProvider provider = provider();
    try {
      return provider.devices();
    } catch (IllegalStateException noDevice) {
      throw new Missing(
          String.valueOf(noDevice.getMessage()),
          "install the driver of the device; for the CPU that is PoCL (apt install"
              + " pocl-opencl-icd)");
    }
  }

  /// The folder of an installed SDK, whether or not this JVM was started with it.
  private static Optional<Path> installation() {
    String home = System.getenv("TORNADOVM_HOME");
    Path candidate =
        home != null && !home.isEmpty()
            ? Path.of(home)
            : Path.of(userHome(), ".sdkman/candidates/tornadovm/current");
    return Files.exists(candidate.resolve("tornado-argfile"))
        ? Optional.of(candidate)
        : Optional.empty();
  }

  /// The home folder of the shell, in which the launcher looks for SDKMAN. Java may know another
  /// one.
  private static String userHome() {
    String ofShell = System.getenv("HOME");
    return ofShell == null ? System.getProperty("user.home") : ofShell;
  }

  /// @throws Missing if the JVM was started without TornadoVM
  static void requireStarted(boolean started, Optional<Path> installation) throws Missing {
    if (!started && installation.isPresent()) {
      throw new Missing(
          "TornadoVM is in %s, but Java was started without it".formatted(installation.get()),
          "start through cli/bin/sae with --backend tornadovm, or with @%s"
              .formatted(installation.get().resolve("tornado-argfile")));
    }
    if (!started) {
      throw new Missing(
          "TornadoVM is not installed: TORNADOVM_HOME is not set, and SDKMAN has none", INSTALL);
    }
  }

  /// @throws Missing if TornadoVM's API on the module path has another version
  static void requireVersion(String modulePath) throws Missing {
    List<String> versions =
        Arrays.stream(modulePath.split(File.pathSeparator, -1))
            .flatMap(TornadoBackendProvider::versionsIn)
            .toList();
    if (!versions.contains(VERSION)) {
      throw new Missing(
          "TornadoVM is %s here, and this program needs %s"
              .formatted(versions.isEmpty() ? "incomplete" : versions.getFirst(), VERSION),
          INSTALL);
    }
  }

  /// @param entry of the module path: a jar, or a folder of jars
  private static Stream<String> versionsIn(String entry) {
    File file = new File(entry);
    String[] inFolder = file.list();
    return Arrays.stream(inFolder == null ? new String[] {file.getName()} : inFolder)
        .filter(jar -> jar.startsWith(API) && jar.endsWith(".jar"))
        .map(jar -> jar.substring(API.length(), jar.length() - ".jar".length()));
  }

  private static DeviceProvider provider() throws Missing {
    return ServiceLoader.load(DeviceProvider.class)
        .findFirst()
        .orElseThrow(
            () ->
                new Missing(
                    "this program was built where TornadoVM was not",
                    "build it again: cli/bin/sae does, or mvn package"));
  }
}
