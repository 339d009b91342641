// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.backends.tornadovm.RecordedBackend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.BackendProvider.Availability.Unavailable;
import sae4j.tensor.Backends;
import sae4j.tensor.Tensor;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;

/// Whole training runs on TornadoVM's first device. Skipped, with the reason, where there is none
/// where the JVM was started without TornadoVM: the build runs this class twice where TornadoVM is.
class TornadoDeviceTest {
  private final TrainingAgreementTest agreement = new TrainingAgreementTest();

  static List<TrainingOptions> runs() {
    return TornadoTrainingTest.runs();
  }

  @BeforeEach
  void requireDevice() {
    BackendProvider provider =
        Backends.providers().stream()
            .filter(each -> each.name().equals("tornadovm"))
            .findFirst()
            .orElseThrow();
    if (provider.availability() instanceof Unavailable(String reason, String remedy)) {
      System.out.printf("skipped on TornadoVM: %s; %s%n", reason, remedy);
      assumeTrue(false, reason + "; " + remedy);
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void a_run_on_a_device_agrees_with_ejml_step_by_step(TrainingOptions options) {
    try (RecordedBackend device = (RecordedBackend) Backends.open("tornadovm")) {
      TornadoTrainingTest.agrees(options, device);
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void parameters_stay_on_the_device_from_step_to_step(TrainingOptions options) {
    try (RecordedBackend device = (RecordedBackend) Backends.open("tornadovm")) {
      Trainer trainer = agreement.begin(device, options);
      trainer.step();
      trainer.step();
      var before = device.transfers();
      trainer.step();
      var moved = device.transfers().since(before);
      assertThat(moved.runs()).isEqualTo(1);
      assertThat(moved.uploads()).isZero();
      assertThat(moved.downloads()).isZero();
    }
  }

  /// A large parameter has a place of its own on the device.
  @Test
  void a_large_parameter_is_loaded_once_for_steps_and_for_what_is_computed_between_them() {
    int rows = 513;
    int columns = 1024;
    double[] ones = new double[rows];
    Arrays.fill(ones, 1);
    try (RecordedBackend device = (RecordedBackend) Backends.open("tornadovm")) {
      Tensor large = Tensor.parameter(device, rows, columns, (row, column) -> column % 8);
      for (int round = 1; round <= 3; round++) {
        device.step(
            () -> {
              device.assign(large.storage(), large.times(2).storage());
              return List.of();
            });
        double[] sums =
            device
                .compute(() -> List.of(Tensor.of(device, 1, rows, ones).matmul(large).detach()))
                .getFirst()
                .toDoubles();
        for (int column = 0; column < columns; column++) {
          assertThat(sums[column]).isEqualTo(rows * (column % 8) * (1 << round));
        }
      }
      assertThat(device.transfers().uploads()).isEqualTo(1);
      assertThat(device.transfers().downloads()).isZero();
      double[] back = large.toDoubles();
      for (int i = 0; i < back.length; i++) {
        assertThat(back[i]).isEqualTo(i % columns % 8 * 8);
      }
    }
  }
}
