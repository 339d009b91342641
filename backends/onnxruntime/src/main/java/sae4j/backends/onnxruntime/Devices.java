// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.families.writing.Precision;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.natives.CudaBuild;
import sae4j.backends.onnxruntime.natives.Execution;
import sae4j.backends.onnxruntime.natives.NvidiaDriver;
import sae4j.backends.onnxruntime.natives.RuntimeLibrary;
import sae4j.models.ModelProvider.Device;

/// Chooses where a model computes.
final class Devices {
  private static @Nullable Cuda found;

  private Devices() {}

  /// What was chosen.
  ///
  /// @param execution where sessions compute
  /// @param note what the user should know of it
  record Choice(Execution execution, Optional<String> note) {
    private static final int USUAL_TOKENS = 4096;
    private static final int MOST_TOKENS = 16_384;

    /// What [sae4j.models.LanguageModel#device] says of it.
    String name() {
      return switch (execution) {
        case Execution.Cpu() -> "cpu";
        case Execution.Cuda _ -> "cuda";
      };
    }

    /// What products with the weights are taken in there.
    Precision precision() {
      return switch (execution) {
        case Execution.Cpu() -> Precision.FLOAT32;
        case Execution.Cuda _ -> Precision.AS_STORED;
      };
    }

    /// How many tokens are read at once: 4,096 on a processor, and up to four times as many on a
    /// GPU as far as the memory that the weights leave holds what is computed of each.
    int tokensAtOnce(LanguageGraph language) {
      return switch (execution) {
        case Execution.Cpu() -> USUAL_TOKENS;
        case Execution.Cuda(Execution.Gpu gpu) -> {
          long left = gpu.bytes() - 2 * language.facts().bytesInFloat32();
          long tokens = left / 4 / bytesOfToken(language);
          yield Math.clamp(tokens, 1, MOST_TOKENS);
        }
      };
    }

    /// A bound of what a session holds of one token at a time: some copies of its widest tensor,
    /// and the scores of all heads in a context of the usual length.
    private static long bytesOfToken(LanguageGraph language) {
      long widest =
          language.hooks().values().stream()
              .mapToInt(each -> each.width())
              .max()
              .orElse(language.modelWidth());
      int headWidth = Math.max(1, language.facts().headWidth());
      long scores =
          (long) language.modelWidth() / headWidth * Math.min(1024, language.contextLength());
      return Float.BYTES * (8 * widest + 3 * scores);
    }
  }

  /// Whether CUDA can be used here.
  private sealed interface Cuda {
    record Works(Execution.Gpu gpu) implements Cuda {}

    record Fails(String reason, String remedy) implements Cuda {}
  }

  /// Chooses what a user asks for.
  ///
  /// @throws IOException if that is CUDA and it cannot be used; the message says why
  static Choice choose(Device device) throws IOException {
    if (device == Device.CPU) {
      return new Choice(Execution.cpu(), Optional.empty());
    }
    return switch (cuda()) {
      case Cuda.Works(Execution.Gpu gpu) -> {
        Execution execution = new Execution.Cuda(gpu);
        yield new Choice(execution, Optional.of("computes on " + execution));
      }
      case Cuda.Fails(String reason, String remedy) when device == Device.CUDA ->
          throw new IOException("device cuda: %s; %s".formatted(reason, remedy));
      case Cuda.Fails(String reason, _) ->
          new Choice(
              Execution.cpu(), Optional.of("computes on the CPU, because %s".formatted(reason)));
    };
  }

  private static synchronized Cuda cuda() {
    if (found == null) {
      found =
          switch (NvidiaDriver.ask()) {
            case NvidiaDriver.Answer.Found(Execution.Gpu gpu) ->
                cuda(gpu, CudaBuild.find(System.getenv()));
            case NvidiaDriver.Answer.Missing(String reason) ->
                new Cuda.Fails(reason, "install it on a machine with a GPU, or give --device cpu");
          };
    }
    return found;
  }

  private static Cuda cuda(Execution.Gpu gpu, Optional<CudaBuild> build) {
    if (build.isEmpty()) {
      return new Cuda.Fails(
          "ONNX Runtime for CUDA is not here, and %s needs it".formatted(gpu.name()),
          CudaBuild.remedy());
    }
    Optional<String> failed = RuntimeLibrary.prepareCuda(build.get());
    if (failed.isEmpty()) {
      failed = trial(new Execution.Cuda(gpu));
    }
    return failed
        .<Cuda>map(
            reason ->
                new Cuda.Fails(
                    reason,
                    "install the CUDA libraries that this build of ONNX Runtime asks for and let"
                        + " LD_LIBRARY_PATH lead to them, or give --device cpu"))
        .orElseGet(() -> new Cuda.Works(gpu));
  }

  /// Computes the square of a matrix.
  ///
  /// @return why that failed
  static Optional<String> trial(Execution execution) {
    GraphBuilder graph = new GraphBuilder();
    graph.input("x", ElementType.FLOAT, "2", "2");
    graph.op("MatMul", "y", "x", "x");
    OnnxModel model =
        new OnnxModel(9, Map.of("", 20L), graph.build("trial", List.of("y")), List.of());
    try (GraphSession session = new GraphSession(model, execution);
        OnnxTensor x =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(),
                FloatBuffer.wrap(new float[] {1, 2, 3, 4}),
                new long[] {2, 2});
        OrtSession.Result result = session.run(Map.of("x", x))) {
      float[] square = new float[4];
      ((OnnxTensor) result.get(0)).getFloatBuffer().get(square);
      return Arrays.equals(square, new float[] {7, 10, 15, 22})
          ? Optional.empty()
          : Optional.of(
              "a product of matrices is wrong on %s: %s"
                  .formatted(execution, Arrays.toString(square)));
    } catch (OrtException | IllegalStateException | LinkageError e) {
      return Optional.of(execution + " fails: " + essence(String.valueOf(e.getMessage())));
    }
  }

  /// The end of what ONNX Runtime says, which is the cause, without the places in its sources that
  /// stand before it.
  static String essence(String message) {
    String line = message.strip().lines().findFirst().orElse("for an unknown reason");
    return line.replaceFirst("^.*\\[ONNXRuntimeError\\] : \\d+ : \\w+ : ", "")
        .replaceFirst("^.* with error: ", "");
  }
}
