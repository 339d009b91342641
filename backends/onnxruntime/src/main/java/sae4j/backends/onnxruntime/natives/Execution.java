// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.natives;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;

/// Where sessions compute.
public sealed interface Execution {
  /// On the processor.
  record Cpu() implements Execution {
    @Override
    public void configure(SessionOptions options) {}

    @Override
    public String toString() {
      return "the CPU";
    }
  }

  /// On the first NVIDIA GPU, by CUDA.
  ///
  /// @param gpu what it is
  record Cuda(Gpu gpu) implements Execution {
    @Override
    public void configure(SessionOptions options) throws OrtException {
      try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(0)) {
        // What is asked for is what is taken: by default each growth doubles the memory held.
        cuda.add("arena_extend_strategy", "kSameAsRequested");
        // Products of float32 stay in float32: TF32 keeps 10 bits of each factor.
        cuda.add("use_tf32", "0");
        options.addCUDA(cuda);
      }
    }

    @Override
    public String toString() {
      return gpu.name() + " (CUDA)";
    }
  }

  /// An NVIDIA GPU.
  ///
  /// @param name what its driver calls it
  /// @param bytes its memory
  record Gpu(String name, long bytes) {}

  /// Tells a session to compute there.
  ///
  /// @throws OrtException if the library cannot
  void configure(SessionOptions options) throws OrtException;

  /// The processor.
  static Execution cpu() {
    return new Cpu();
  }
}
