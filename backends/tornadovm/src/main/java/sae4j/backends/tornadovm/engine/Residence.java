// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.engine;

import java.util.List;

/// Arrays that stay on the device and are shared by graphs.
public interface Residence extends AutoCloseable {
  /// The arrays.
  List<float[]> arrays();

  /// Moves one of the arrays to the device.
  void upload(float[] array);

  /// Moves one of the arrays back to the host.
  void download(float[] array);

  /// Frees the device's memory. No graph that uses it may run afterwards.
  @Override
  void close();
}
