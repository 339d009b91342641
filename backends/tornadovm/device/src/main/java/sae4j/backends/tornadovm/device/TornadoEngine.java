// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import sae4j.backends.tornadovm.engine.Blueprint;
import sae4j.backends.tornadovm.engine.DeviceProvider.Device;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.engine.Executable;
import sae4j.backends.tornadovm.engine.KernelCall;
import sae4j.backends.tornadovm.engine.Residence;
import sae4j.backends.tornadovm.kernels.groups.Tiles;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.registry.Kernel;
import sae4j.tensor.Precision;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/// One of TornadoVM's devices.
final class TornadoEngine implements Engine {
  /// A Java property that turns CUDA graphs off if it is `false`. Each launch is then started by
  /// itself.
  private static final String GRAPHS = "sae4j.tornadovm.graphs";

  /// A Java property that turns the vendor's library off if it is `false`.
  private static final String LIBRARY = "sae4j.tornadovm.library";

  /// A Java property that turns products in tiles off if it is `false`.
  private static final String TILES = "sae4j.tornadovm.tiles";

  private final TornadoDevice device;
  private final Device description;
  private final List<Device> others;
  private final Precision precision;
  private final boolean library;
  private final boolean tiles;
  private final boolean recordsGraphs;

  /// @param devices all that TornadoVM finds; the first is the one to use
  TornadoEngine(TornadoDevice device, List<Device> devices, Precision precision) {
    this.device = device;
    this.description = devices.getFirst();
    this.others = devices.subList(1, devices.size());
    this.precision = precision;
    this.library = !description.library().isEmpty() && isOn(LIBRARY);
    this.tiles = isOn(TILES);
    this.recordsGraphs = description.driver().equals("CUDA") && isOn(GRAPHS);
  }

  private static boolean isOn(String property) {
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
    return library && kernel == Kernel.PRODUCT;
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
            blueprint.inputs(),
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
        long bytes = 4L * ElementType.length(array);
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

  /// Adds a call. The vendor's library computes a product if it can, else a product in tiles does.
  void add(KernelCall call, Tasks tasks) {
    boolean product = call.kernel() == Kernel.PRODUCT;
    if (product && library && CublasProduct.fits(call)) {
      CublasProduct.add(tasks, call, precision);
    } else if (product && tiles) {
      int groups = Math.ceilDiv(call.threads(), Tiles.ELEMENTS);
      tasks.add(
          new KernelCall(Kernel.TILED_PRODUCT, groups, Tiles.BLOCKS, call.sizes(), call.arrays()));
    } else {
      tasks.add(call);
    }
  }

  @Override
  public void close() {}
}
