// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import sae4j.backends.onnxruntime.families.writing.Precision;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.natives.Execution;
import sae4j.backends.onnxruntime.natives.NvidiaDriver;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.ModelProvider.Device;
import sae4j.models.ModelProvider.StartPolicy;

/// Where a model computes, on a machine without a GPU.
class DevicesTest {
  @Test
  void the_trial_passes_on_the_processor() {
    assertThat(Devices.trial(Execution.cpu())).isEmpty();
  }

  @Test
  void the_trial_says_in_one_line_why_a_device_fails() {
    var pretended = new Execution.Cuda(new Execution.Gpu("Pretended", 1L << 34));

    assumeFalse(hasGpu(), "there is a GPU");
    assertThat(Devices.trial(pretended).orElseThrow())
        .startsWith("Pretended (CUDA) fails: ")
        .hasSizeLessThan(300)
        .doesNotContain("\n");
  }

  @Test
  void without_a_gpu_cuda_is_refused_with_the_reason_and_auto_falls_back_and_says_so()
      throws IOException {
    assumeFalse(hasGpu(), "there is a GPU");

    assertThatThrownBy(() -> Devices.choose(Device.CUDA))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("device cuda: ")
        .hasMessageContaining("NVIDIA")
        .hasMessageEndingWith("or give --device cpu");
    try (LanguageModel model =
        LanguageModels.open("java-gpt2-tiny", StartPolicy.AUTO, Device.AUTO)) {
      assertThat(model.notes())
          .singleElement()
          .asString()
          .startsWith("java-gpt2-tiny: computes on the CPU, because ");
      assertThat(model.tokensAtOnce()).isEqualTo(4096);
    }
    assertThat(Devices.choose(Device.CPU).note()).isEmpty();
  }

  @Test
  void a_gpu_reads_as_many_tokens_at_once_as_its_memory_holds() throws IOException {
    LanguageGraph tiny = PrecisionTest.graph("gemma2", Precision.FLOAT32);

    assertThat(chosen(1L << 37).tokensAtOnce(tiny)).isEqualTo(16_384);
    assertThat(chosen(1L << 24).tokensAtOnce(tiny)).isBetween(16, 16_000);
    assertThat(chosen(1L << 10).tokensAtOnce(tiny)).isEqualTo(1);
    assertThat(chosen(1L << 37).precision()).isEqualTo(Precision.AS_STORED);
    assertThat(chosen(1L << 37).name()).isEqualTo("cuda");
    assertThat(Devices.choose(Device.CPU).name()).isEqualTo("cpu");
  }

  @Test
  void what_onnx_runtime_says_is_cut_to_the_cause() {
    assertThat(
            Devices.essence(
                "Error code - ORT_FAIL - message: /a/b.cc:1988 onnxruntime::Get()"
                    + " [ONNXRuntimeError] : 1 : FAIL : Failed to load library /c/d.so with error:"
                    + " libcublasLt.so.12: cannot open shared object file\nmore"))
        .isEqualTo("libcublasLt.so.12: cannot open shared object file");
    assertThat(Devices.essence("CUDA failure 35: old driver"))
        .isEqualTo("CUDA failure 35: old driver");
  }

  private static Devices.Choice chosen(long bytes) {
    return new Devices.Choice(
        new Execution.Cuda(new Execution.Gpu("Pretended", bytes)), Optional.empty());
  }

  private static boolean hasGpu() {
    return NvidiaDriver.ask() instanceof NvidiaDriver.Answer.Found;
  }
}
