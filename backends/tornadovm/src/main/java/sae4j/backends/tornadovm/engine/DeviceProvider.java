// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.engine;

import java.util.List;
import sae4j.tensor.Precision;

/// Finds the devices of TornadoVM. The module `device`, which is built only where TornadoVM is,
/// implements this, and the module that is always built loads the implementation as a service.
public interface DeviceProvider {
  /// A device that TornadoVM can use.
  ///
  /// @param name as its driver reports it
  /// @param driver OpenCL, PTX or CUDA
  /// @param memory bytes
  /// @param accelerator whether the device is something other than a CPU
  /// @param library the vendor's library for products, or an empty string
  record Device(String name, String driver, long memory, boolean accelerator, String library) {
    /// The device in one line, for people.
    public String described() {
      return "%s (%s, %.1f GiB, %s)"
          .formatted(
              name,
              driver,
              memory / (double) (1 << 30),
              library.isEmpty() ? "fp32, no vendor library" : "fp32 and tf32 with " + library);
    }
  }

  /// The devices. The first one is used.
  ///
  /// @throws IllegalStateException with what TornadoVM said, if it finds none
  List<Device> devices();

  /// Opens the first device.
  ///
  /// @throws IllegalStateException if the device cannot compute in this precision
  Engine open(Precision precision);
}
