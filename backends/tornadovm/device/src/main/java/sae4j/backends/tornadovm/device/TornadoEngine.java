package sae4j.backends.tornadovm.device;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import sae4j.backends.tornadovm.DeviceProvider.Device;
import sae4j.backends.tornadovm.Engine;
import sae4j.backends.tornadovm.kernels.Kernel;
import sae4j.backends.tornadovm.kernels.groups.Tiles;
import sae4j.tensor.Precision;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/// A device of TornadoVM's.
final class TornadoEngine implements Engine {
  private static final String PRODUCT = "product";

  /// Properties, to compare with: `false` starts each launch by itself where CUDA graphs are, does
  /// not use the vendor's library, or multiplies without tiles.
  private static final String GRAPHS = "sae4j.tornadovm.graphs";

  private static final String LIBRARY = "sae4j.tornadovm.library";
  private static final String TILES = "sae4j.tornadovm.tiles";

  private final TornadoDevice device;
  private final Device description;
  private final List<Device> others;
  private final Precision precision;
  private final boolean library;
  private final boolean tiles;
  private final boolean recordsGraphs;

  /// @param devices all that TornadoVM finds, the one to use first
  TornadoEngine(TornadoDevice device, List<Device> devices, Precision precision) {
    this.device = device;
    this.description = devices.getFirst();
    this.others = devices.subList(1, devices.size());
    this.precision = precision;
    this.library = !description.library().isEmpty() && unless(LIBRARY);
    this.tiles = unless(TILES);
    this.recordsGraphs = description.driver().equals("CUDA") && unless(GRAPHS);
  }

  private static boolean unless(String property) {
    return !"false".equals(System.getProperty(property));
  }

  @Override
  public String description() {
    return "TornadoVM on %s, products in %s by %s%s"
        .formatted(
            description.described(),
            precision.name().toLowerCase(Locale.ROOT),
            library ? description.library() : "compiled loops",
            others.stream()
                .map(other -> "; not used: " + other.described())
                .collect(Collectors.joining()));
  }

  @Override
  public double productRoundoff() {
    return precision == Precision.TF32 ? 0x1.0p-11 : 0x1.0p-24;
  }

  @Override
  public boolean compilesSizesInto(Kernel kernel) {
    return library && kernel.name().equals(PRODUCT);
  }

  /// Whether a graph's launches are recorded once and then started together.
  boolean recordsGraphs() {
    return recordsGraphs;
  }

  @Override
  public Residence reserve(List<float[]> arrays) {
    requireRoom(List.of(arrays));
    return new TornadoResidence(arrays, device);
  }

  @Override
  public Executable compile(Blueprint blueprint) {
    requireRoom(
        List.of(
            blueprint.shared() == null ? List.of() : blueprint.shared().arrays(),
            blueprint.resident(),
            blueprint.in(),
            blueprint.temporary()));
    return new TornadoGraph(blueprint, this, device);
  }

  private void requireRoom(List<List<?>> arrays) {
    requireRoom(arrays, description.name(), device.getMaxAllocMemory(), description.memory());
  }

  /// @throws IllegalStateException if the arrays do not fit into the device's memory
  static void requireRoom(List<List<?>> lists, String device, long largestArray, long memory) {
    long all = 0;
    long largest = 0;
    for (List<?> arrays : lists) {
      for (Object array : arrays) {
        long bytes = 4L * java.lang.reflect.Array.getLength(array);
        all += bytes;
        largest = Math.max(largest, bytes);
      }
    }
    if (largest > largestArray || all > memory) {
      throw new IllegalStateException(
          ("out of device memory: this needs %s in all and %s in one piece, and %s has %s and %s;"
                  + " use a smaller batch or dictionary")
              .formatted(
                  gibibytes(all),
                  gibibytes(largest),
                  device,
                  gibibytes(memory),
                  gibibytes(largestArray)));
    }
  }

  private static String gibibytes(long bytes) {
    return "%.2f GiB".formatted(bytes / (double) (1L << 30));
  }

  /// Adds a launch: the vendor's library where it can do it, else the kernel; of a product the
  /// kernel that suits the device.
  void add(Launch launch, Tasks tasks) {
    boolean product = launch.kernel().name().equals(PRODUCT);
    if (product && library && CublasProduct.fits(launch)) {
      CublasProduct.add(tasks, launch, precision);
    } else if (product && tiles) {
      int groups = Math.ceilDiv(launch.threads(), Tiles.ELEMENTS);
      tasks.add(new Launch(Kernel.named("tiledProduct"), groups, Tiles.BLOCKS, launch.arrays()));
    } else {
      tasks.add(launch);
    }
  }

  @Override
  public void close() {}
}
