// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.natives;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.NoSuchElementException;
import sae4j.backends.onnxruntime.natives.Execution.Gpu;

/// Asks NVIDIA's driver for the first GPU. This loads the driver alone, and takes milliseconds
/// where there is none.
///
/// Source: NVIDIA, CUDA Driver API.
public final class NvidiaDriver {
  private static final int NAME_BYTES = 256;

  /// What the driver says.
  public sealed interface Answer {
    /// There is a GPU.
    record Found(Gpu gpu) implements Answer {}

    /// There is none that can be used.
    record Missing(String reason) implements Answer {}
  }

  private NvidiaDriver() {}

  /// Asks this machine's driver.
  public static Answer ask() {
    return ask(System.getProperty("os.name").startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1");
  }

  /// Asks a driver.
  ///
  /// @param library its file's name, or its path
  @SuppressWarnings("restricted") // the signatures are those of the CUDA Driver API
  static Answer ask(String library) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup driver;
      try {
        driver = SymbolLookup.libraryLookup(library, arena);
      } catch (IllegalArgumentException none) {
        return new Answer.Missing("there is no NVIDIA driver (%s)".formatted(library));
      }
      Calls calls = new Calls(driver, arena);
      int failed = calls.call("cuInit", 0);
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      if (failed == 0) {
        failed = calls.call("cuDeviceGet", number, 0);
      }
      int device = number.get(ValueLayout.JAVA_INT, 0);
      MemorySegment name = arena.allocate(NAME_BYTES);
      if (failed == 0) {
        failed = calls.call("cuDeviceGetName", name, NAME_BYTES, device);
      }
      MemorySegment bytes = arena.allocate(ValueLayout.JAVA_LONG);
      if (failed == 0) {
        failed = calls.call("cuDeviceTotalMem_v2", bytes, device);
      }
      return failed == 0
          ? new Answer.Found(new Gpu(name.getString(0), bytes.get(ValueLayout.JAVA_LONG, 0)))
          : new Answer.Missing("NVIDIA's driver finds no GPU (CUDA error %d)".formatted(failed));
    } catch (NoSuchElementException other) {
      return new Answer.Missing(
          "%s is no driver of NVIDIA: %s".formatted(library, other.getMessage()));
    }
  }

  /// Calls functions that return an error number.
  private record Calls(SymbolLookup driver, Arena arena) {
    @SuppressWarnings("restricted")
    int call(String function, Object... arguments) {
      MemoryLayout[] types = new MemoryLayout[arguments.length];
      for (int i = 0; i < types.length; i++) {
        types[i] =
            arguments[i] instanceof MemorySegment ? ValueLayout.ADDRESS : ValueLayout.JAVA_INT;
      }
      try {
        return (int)
            Linker.nativeLinker()
                .downcallHandle(
                    driver.findOrThrow(function),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, types))
                .invokeWithArguments(arguments);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
