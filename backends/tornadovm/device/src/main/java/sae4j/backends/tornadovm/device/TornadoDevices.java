// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.ArrayList;
import java.util.List;
import sae4j.backends.tornadovm.device.kernels.Parallel;
import sae4j.backends.tornadovm.engine.DeviceProvider;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.tensor.Precision;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/// The devices that TornadoVM finds.
public final class TornadoDevices implements DeviceProvider {
  private static final String CUBLAS = "cuBLAS";

  @Override
  public List<Device> devices() {
    List<Device> devices = new ArrayList<>();
    TornadoRuntime runtime = runtime();
    for (int i = 0; i < runtime.getNumBackends(); i++) {
      TornadoBackend backend = runtime.getBackend(i);
      for (TornadoDevice device : backend.getAllDevices()) {
        devices.add(described(device, backend.getBackendType()));
      }
    }
    if (devices.isEmpty()) {
      throw new IllegalStateException("TornadoVM finds no device");
    }
    return devices;
  }

  private static Device described(TornadoDevice device, TornadoVMBackendType driver) {
    return new Device(
        device.getPhysicalDevice().getDeviceName(),
        driver.name(),
        device.getMaxGlobalMemory(),
        device.getDeviceType() != TornadoDeviceType.CPU,
        driver == TornadoVMBackendType.CUDA ? CUBLAS : "");
  }

  /// TornadoVM's runtime. It reads its settings when it is first used, so they are set here:
  ///
  /// - which annotation marks parallel loops;
  /// - a kernel that cannot be compiled is an error, and does not silently run as Java;
  /// - the limit of memory is the device's own, not 4 GB;
  /// - OpenCL compilers keep to IEEE 754, without the fast arithmetic that TornadoVM asks for;
  /// - there is room for the instructions of graphs with hundreds of tasks;
  /// - there is room for few events only, because every execution clears that room, and tasks that
  ///   run in order need no events.
  ///
  /// @throws IllegalStateException if it cannot start
  private static TornadoRuntime runtime() {
    System.setProperty("tornado.load.annotation.parallel", Parallel.class.getName());
    setUnlessGiven("tornado.recover.bailout", "false");
    setUnlessGiven("tornado.device.memory", "4096GB");
    setUnlessGiven("tornado.opencl.compiler.flags", "-w");
    setUnlessGiven("tornado.tvm.maxbytecodesize", "1048576");
    setUnlessGiven("tornado.max.events", "64");
    try {
      return TornadoRuntimeProvider.getTornadoRuntime();
    } catch (Exception | LinkageError failure) {
      Throwable cause = failure;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new IllegalStateException(
          "TornadoVM finds no device (%s)".formatted(oneLine(cause)), failure);
    }
  }

  private static void setUnlessGiven(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /// The message of a failure in one line, without colours.
  static String oneLine(Throwable failure) {
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return message
        .replaceAll("\u001b\\[[0-9;]*m", "")
        .replaceAll("\\s+", " ")
        .replaceAll(" Stacktrace: \\[.*\\]", "")
        .replaceAll("\\[(ERROR|WARNING)\\] ", "")
        // announcements of what the settings above forbid, and advice that they already follow
        .replace(" Deoptimizing to sequential execution.", "")
        .replaceAll(" To increase the maximum device memory.*", "")
        .trim();
  }

  @Override
  public Engine open(Precision precision) {
    List<Device> devices = devices();
    Device first = devices.getFirst();
    if (precision == Precision.TF32 && first.library().isEmpty()) {
      throw new IllegalStateException(
          "--precision tf32 needs cuBLAS, which TornadoVM's %s driver for %s has not; leave it out"
              .formatted(first.driver(), first.name()));
    }
    TornadoDevice device = runtime().getBackend(0).getDevice(0);
    return new TornadoEngine(device, devices, precision);
  }
}
