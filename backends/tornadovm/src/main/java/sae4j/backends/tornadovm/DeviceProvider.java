package sae4j.backends.tornadovm;

import java.util.List;
import sae4j.tensor.Precision;

/// How the module that is built with TornadoVM is found by the one that is always built.
public interface DeviceProvider {
  /// A device that TornadoVM can use.
  ///
  /// @param name as its driver says it
  /// @param driver OpenCL, PTX or CUDA
  /// @param memory bytes
  /// @param accelerator whether it is something else than a CPU
  /// @param library the vendor's library for products, or an empty string
  record Device(String name, String driver, long memory, boolean accelerator, String library) {
    /// For people.
    public String described() {
      return "%s (%s, %.1f GiB, %s)"
          .formatted(
              name,
              driver,
              memory / (double) (1 << 30),
              library.isEmpty() ? "fp32, no vendor library" : "fp32 and tf32 with " + library);
    }
  }

  /// The devices, the one that is used first.
  ///
  /// @throws IllegalStateException with what TornadoVM said, if it finds none
  List<Device> devices();

  /// Opens the first device.
  ///
  /// @throws IllegalStateException if the device cannot compute in this precision
  Engine open(Precision precision);
}
