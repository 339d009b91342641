package sae4j.backends.tornadovm;

import java.util.List;
import sae4j.backends.tornadovm.kernels.Kernel;

/// What executes launches: a device with memory of its own.
public interface Engine extends AutoCloseable {
  /// The device, its memory and its precision in one line.
  String description();

  /// u of products: 2⁻²⁴, or 2⁻¹¹ where they are computed in TF32.
  double productRoundoff();

  /// Whether sizes and strides of this kernel's launches are compiled in, because a vendor's
  /// library executes it.
  boolean compilesSizesInto(Kernel kernel);

  /// Prepares a graph. Nothing is transferred yet.
  ///
  /// @throws IllegalStateException with one line for the user, if the device cannot run it
  Executable compile(Blueprint blueprint);

  @Override
  void close();

  /// One launch of a kernel.
  ///
  /// @param threads how many of the kernel's iterations run side by side; the kernel itself knows
  ///     how many there are
  /// @param arrays the kernel's arguments, `int[]` or `float[]`, sizes and strides first
  record Launch(Kernel kernel, int threads, List<Object> arrays) {
    /// Sizes and strides.
    public int[] sizes() {
      return (int[]) arrays.getFirst();
    }
  }

  /// A graph: launches in order, and which of their arrays move when. Each array of a launch is in
  /// exactly one of the first three lists; arrays are told apart by identity.
  ///
  /// @param resident move to the device when they are loaded, back when they are fetched
  /// @param in move to the device at every run
  /// @param temporary exist on the device only
  /// @param out move back at every run
  record Blueprint(
      List<Launch> launches,
      List<Object> resident,
      List<Object> in,
      List<Object> temporary,
      List<Object> out) {}

  /// A graph that can run.
  interface Executable extends AutoCloseable {
    /// Moves all resident arrays to the device.
    void load();

    /// Moves the inputs, executes the launches, moves the outputs back.
    void run();

    /// Moves one resident array back.
    void fetch(Object resident);

    /// Frees the device's memory.
    @Override
    void close();
  }
}
