// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import sae4j.tensor.BackendProvider.Availability.Available;
import sae4j.tensor.BackendProvider.Availability.Unavailable;

/// Finds the backends on the class path.
public final class Backends {
  private Backends() {}

  /// All providers, by name.
  public static List<BackendProvider> providers() {
    return ServiceLoader.load(BackendProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(BackendProvider::name))
        .toList();
  }

  /// The provider a user means: the one of that name, or with `auto` the available one of the
  /// highest preference.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  /// @throws IllegalStateException if it is not available; a backend that was named is never
  ///     replaced by another
  public static BackendProvider provider(String name) {
    List<BackendProvider> providers = providers();
    if (name.equals("auto")) {
      return providers.stream()
          .filter(provider -> provider.availability() instanceof Available)
          .max(Comparator.comparingInt(Backends::preference))
          .orElseThrow(
              () -> new IllegalStateException("no backend is available; see `sae backends`"));
    }
    BackendProvider provider =
        providers.stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "unknown backend '%s': choose auto, %s"
                            .formatted(
                                name,
                                providers.stream()
                                    .map(BackendProvider::name)
                                    .collect(Collectors.joining(", ")))));
    if (provider.availability() instanceof Unavailable(String reason, String remedy)) {
      throw new IllegalStateException(
          "backend '%s' cannot run here: %s; %s".formatted(name, reason, remedy));
    }
    return provider;
  }

  /// Opens the backend a user means; see [#provider].
  public static Backend open(String name) {
    return provider(name).open();
  }

  private static int preference(BackendProvider provider) {
    return provider.availability() instanceof Available available
        ? available.preference()
        : Integer.MIN_VALUE;
  }
}
