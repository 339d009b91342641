// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import sae4j.models.LanguageModel;
import sae4j.models.ModelAvailability;
import sae4j.models.ModelProvider;
import sae4j.models.ModelProvider.Device;
import sae4j.models.ModelProvider.StartPolicy;

/// Language models on ONNX Runtime, on the processor or an NVIDIA GPU.
public final class OnnxRuntimeModels implements ModelProvider {
  /// The embedded model.
  public static final String JAVA_GPT2_TINY = "java-gpt2-tiny";

  @Override
  public String name() {
    return "onnxruntime";
  }

  /// Both native libraries are published for these systems only.
  @Override
  public ModelAvailability availability() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    boolean arm = processor.equals("aarch64");
    boolean intel = processor.equals("amd64") || processor.equals("x86_64");
    boolean covered =
        system.contains("linux")
            ? arm || intel
            : system.contains("mac") ? arm : system.contains("windows") && intel;
    if (!covered) {
      return new ModelAvailability.Unavailable(
          "no native libraries for " + system + " on " + processor,
          "use Linux (x86-64, ARM), macOS (Apple silicon) or Windows (x86-64), or train from"
              + " activation files");
    }
    return new ModelAvailability.Available(
        "ONNX Runtime on the CPU, " + Runtime.getRuntime().availableProcessors() + " cores");
  }

  @Override
  public List<String> embedded() {
    return List.of(JAVA_GPT2_TINY);
  }

  @Override
  public LanguageModel open(String model, StartPolicy policy, Device device) throws IOException {
    return ModelFiles.open(model, policy, device);
  }
}
