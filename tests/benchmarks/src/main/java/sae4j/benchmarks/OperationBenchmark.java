// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Backends;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// The operations that take most of the time in a TopK training step. Each runs inside
/// [Backend#step] and ends in a sum, so that lazy products are computed and memory is recycled as
/// in training.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class OperationBenchmark {
  @Param("vector")
  private String backendName = "vector";

  @Param("768")
  private int activationDim;

  @Param("24576")
  private int dictSize;

  @Param("1024")
  private int batch;

  @Param("32")
  private int k;

  private Backend backend = Backends.open("ejml");
  private Tensor encoderDF = scalar();
  private Tensor decoderFD = scalar();
  private Tensor activationsBD = scalar();
  private Tensor codesBF = scalar();
  private Tensor firstMomentFD = scalar();
  private Tensor secondMomentFD = scalar();

  private Tensor scalar() {
    return Tensor.of(backend, 1, 1, new double[] {0});
  }

  /// Draws weights and a batch.
  @Setup(Level.Trial)
  public void setUp() {
    backend = Backends.open(backendName);
    Elements encoder = Initialiser.kaimingUniform(1, activationDim);
    encoderDF = Tensor.parameter(backend, activationDim, dictSize, encoder);
    decoderFD = Tensor.parameter(backend, dictSize, activationDim, Initialiser.normal(2));
    firstMomentFD = Tensor.parameter(backend, dictSize, activationDim, Elements.constant(0));
    secondMomentFD = Tensor.parameter(backend, dictSize, activationDim, Elements.constant(0));
    activationsBD = Tensor.parameter(backend, batch, activationDim, Initialiser.normal(3)).detach();
    codesBF = activationsBD.matmul(encoderDF).topK(k).detach();
  }

  /// Ends the backend's threads.
  @TearDown(Level.Trial)
  public void tearDown() {
    backend.close();
  }

  /// x·W_enc as a whole: 2·B·D·F flops.
  @Benchmark
  public double encoderProduct() {
    return sumOf(() -> activationsBD.matmul(encoderDF));
  }

  /// TopK(x·W_enc): the product streamed into the selection.
  @Benchmark
  public double encoderProductIntoTopK() {
    return sumOf(() -> activationsBD.matmul(encoderDF).topK(k));
  }

  /// z·W_dec from sparse codes.
  @Benchmark
  public double sparseDecode() {
    return sumOf(() -> codesBF.matmul(decoderFD));
  }

  /// The gradient with respect to the codes, where they are active.
  @Benchmark
  public double gradientAtSupport() {
    return sumOf(
        () -> {
          Storage gradient =
              backend.matmul(activationsBD.storage(), backend.transpose(decoderFD.storage()));
          return Tensor.constant(backend, backend.whereActive(gradient, codesBF.storage()));
        });
  }

  /// The decoder's gradient and its Adam update, fused where the backend can.
  @Benchmark
  public double decoderUpdate() {
    return backend
        .step(
            () -> {
              Storage gradient =
                  backend.matmul(backend.transpose(codesBF.storage()), activationsBD.storage());
              AdamUpdate update = new AdamUpdate(1e-9, 0.9, 0.999, 1e-8, 1000, true);
              backend.adam(
                  decoderFD.storage(),
                  gradient,
                  firstMomentFD.storage(),
                  secondMomentFD.storage(),
                  update);
              return List.of(
                  Tensor.constant(backend, backend.sum(backend.rows(decoderFD.storage(), 0, 1))));
            })[0];
  }

  private double sumOf(Supplier<Tensor> tensor) {
    return backend.step(() -> List.of(tensor.get().sum()))[0];
  }
}
