// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.matrices;

/// The copy of a memory on the device.
public interface DeviceCopy {
  /// Copies the values on the device into the memory's array on the host.
  void download(Memory<?> memory);
}
