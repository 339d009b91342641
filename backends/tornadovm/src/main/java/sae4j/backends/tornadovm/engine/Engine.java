// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.engine;

import java.util.List;
import sae4j.backends.tornadovm.registry.Kernel;

/// What executes launches: a device with memory of its own.
public interface Engine extends AutoCloseable {
  /// The device, its memory and its precision in one line.
  String description();

  /// The unit roundoff of products: 2⁻²⁴, or 2⁻¹¹ where they are computed in TF32.
  double productRoundoff();

  /// Whether the sizes and strides of this kernel's launches are compiled in. They are if a
  /// vendor's library executes the kernel.
  boolean compilesSizesInto(Kernel kernel);

  /// Allocates memory on the device for arrays that any number of graphs share. Nothing is
  /// transferred yet.
  ///
  /// @throws IllegalStateException with one line for the user, if there is no room
  Residence reserve(List<float[]> arrays);

  /// Prepares a graph. Nothing is transferred yet.
  ///
  /// @throws IllegalStateException with one line for the user, if the device cannot run it
  Executable compile(Blueprint blueprint);

  @Override
  void close();
}
