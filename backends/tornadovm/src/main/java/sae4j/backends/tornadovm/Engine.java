package sae4j.backends.tornadovm;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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

  /// Makes room on the device for arrays that any number of graphs share. Nothing is transferred
  /// yet.
  ///
  /// @throws IllegalStateException with one line for the user, if there is no room
  Residence reserve(List<float[]> arrays);

  /// Prepares a graph. Nothing is transferred yet.
  ///
  /// @throws IllegalStateException with one line for the user, if the device cannot run it
  Executable compile(Blueprint blueprint);

  @Override
  void close();

  /// One launch of a kernel.
  ///
  /// @param threads how many of the kernel's iterations run side by side, or how many groups; the
  ///     kernel itself knows how many there are to do
  /// @param group threads of a group at most, a power of two; 1 for a loop
  /// @param arrays the kernel's arguments, `int[]` or `float[]`, sizes and strides first
  record Launch(Kernel kernel, int threads, int group, List<Object> arrays) {
    /// Sizes and strides.
    public int[] sizes() {
      return (int[]) arrays.getFirst();
    }
  }

  /// A graph: launches in order, and which of their arrays move when. Each array of a launch is in
  /// exactly one of the first four; arrays are told apart by identity.
  ///
  /// @param shared arrays that stay on the device and belong to other graphs as well, or null
  /// @param resident arrays that stay on the device and belong to this graph: they move there when
  ///     they are loaded, back when they are fetched
  /// @param in arrays whose numbers are given before each run
  /// @param temporary arrays that exist on the device only
  /// @param out those whose numbers are taken after each run
  record Blueprint(
      List<Launch> launches,
      @Nullable Residence shared,
      List<Object> resident,
      List<Object> in,
      List<Object> temporary,
      List<Object> out) {}

  /// Arrays that stay on the device and are shared by graphs.
  interface Residence extends AutoCloseable {
    /// Which they are.
    List<float[]> arrays();

    /// Moves one to the device.
    void load(float[] array);

    /// Moves one back.
    void fetch(float[] array);

    /// Frees the device's memory. No graph that uses it may run afterwards.
    @Override
    void close();
  }

  /// A graph that can run.
  interface Executable extends AutoCloseable {
    /// Moves the graph's own resident arrays to the device.
    void load();

    /// Moves one of the graph's own resident arrays back.
    void fetch(Object resident);

    /// Gives the first numbers of an input for the next run; may be called by another thread while
    /// a run that has taken this input goes on.
    ///
    /// @param numbers an array of the input's type; free to change when this returns
    void put(Object in, Object numbers, int count);

    /// Moves the inputs, executes the launches, moves the outputs back.
    ///
    /// @param taken is told each input as soon as it may be given for the next run
    void run(Consumer<Object> taken);

    /// Takes the first numbers of an output of the last run.
    void take(Object out, Object numbers, int count);

    /// Frees the device's memory.
    @Override
    void close();
  }
}
