// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/// The machine a number was measured on, and what the process took of it.
public final class Machine {
  private static final double KIB_PER_MIB = 1024;

  private Machine() {}

  /// Java, operating system and processor, for the record of a run.
  public static ObjectNode describe() {
    return Json.object()
        .put("java", Runtime.version().toString())
        .put("vm", System.getProperty("java.vm.name", ""))
        .put(
            "os",
            System.getProperty("os.name", "")
                + " "
                + System.getProperty("os.version", "")
                + " "
                + System.getProperty("os.arch", ""))
        .put("cpu", cpu())
        .put("processors", Runtime.getRuntime().availableProcessors())
        .put("max_heap_mib", Runtime.getRuntime().maxMemory() >> 20);
  }

  private static String cpu() {
    return valueOf(
        Path.of("/proc/cpuinfo"),
        line -> line.startsWith("model name"),
        System.getProperty("os.arch", "unknown"));
  }

  /// The largest resident memory this process has had, in MiB: `VmHWM` where the system tells, else
  /// what the heap holds now.
  public static double peakResidentMiB() {
    String peak = valueOf(Path.of("/proc/self/status"), line -> line.startsWith("VmHWM:"), "");
    if (peak.endsWith(" kB")) {
      return Long.parseLong(peak.substring(0, peak.length() - 3).strip()) / KIB_PER_MIB;
    }
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) / (KIB_PER_MIB * KIB_PER_MIB);
  }

  /// What stands after the colon of the first line that matches.
  private static String valueOf(Path file, Predicate<String> wanted, String otherwise) {
    try (var lines = Files.lines(file)) {
      return lines
          .filter(wanted)
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(otherwise);
    } catch (IOException notOnThisSystem) {
      return otherwise;
    }
  }
}
