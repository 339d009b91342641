// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// How a backend is found: its provider is listed in
/// `META-INF/services/sae4j.tensor.BackendProvider`. A provider is cheap to load and says whether
/// its backend can run here, so it refers to no class that may be missing on some machines.
public interface BackendProvider {
  /// The name a user types after `--backend`.
  String name();

  /// Whether the backend can run here, and how fast it is expected to be.
  Availability availability();

  /// Opens the backend.
  ///
  /// @param threads how many CPU threads it may use, at least 1; results don't depend on it
  /// @throws IllegalStateException if it is not available, with the reason and the remedy
  Backend open(int threads);

  /// Opens the backend in a given precision.
  ///
  /// @throws IllegalArgumentException if the backend has no such precision
  default Backend open(int threads, Precision precision) {
    if (precision != Precision.FP32) {
      throw new IllegalArgumentException(
          "backend '%s' has no precision tf32: leave --precision out".formatted(name()));
    }
    return open(threads);
  }

  /// Opens the backend with a thread for each processor.
  default Backend open() {
    return open(Runtime.getRuntime().availableProcessors());
  }

  /// Whether a backend can run here.
  sealed interface Availability {
    /// It can.
    ///
    /// @param description what it would run on, in one line
    /// @param preference the larger, the sooner `auto` picks it
    record Available(String description, int preference) implements Availability {}

    /// It cannot.
    ///
    /// @param reason what is missing
    /// @param remedy what the user can do about it
    record Unavailable(String reason, String remedy) implements Availability {}
  }
}
