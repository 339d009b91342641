// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sae4j.tensor.BackendProvider.Availability.Available;
import sae4j.tensor.BackendProvider.Availability.Unavailable;

/// Finds the backends on the class path. Where something is missing there, the reason and the
/// remedy are said: by an exception, or, where `auto` can only have the slow oracle, by a warning
/// to the logger of this class.
public final class Backends {
  private static final System.Logger LOGGER = System.getLogger(Backends.class.getName());
  private static final String FAST =
      "add the artifact sae4j-backend-vector, and start Java with --add-modules"
          + " jdk.incubator.vector";
  private static final String ANYWHERE =
      "add the artifact sae4j-backend-ejml, which needs nothing else";

  /// The preference of the backend that defines what is right, and is not made to be fast.
  private static final int ORACLE = 0;

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
    return provider(name, providers());
  }

  /// The one of these providers that a user means, as [#provider(String)] chooses.
  public static BackendProvider provider(String name, List<BackendProvider> providers) {
    if (name.equals("auto")) {
      return providers.stream()
          .filter(provider -> provider.availability() instanceof Available)
          .max(Comparator.comparingInt(Backends::preference))
          .orElseThrow(() -> new IllegalStateException(noneAvailable(providers)));
    }
    BackendProvider provider =
        providers.stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "unknown backend '%s': choose auto%s"
                            .formatted(
                                name,
                                providers.stream()
                                    .map(each -> ", " + each.name())
                                    .collect(Collectors.joining()))));
    if (provider.availability() instanceof Unavailable(String reason, String remedy)) {
      throw new IllegalStateException(
          "backend '%s' cannot run here: %s; %s".formatted(name, reason, remedy));
    }
    return provider;
  }

  /// Opens the backend a user means; see [#provider].
  public static Backend open(String name) {
    BackendProvider provider = provider(name);
    if (name.equals("auto")) {
      slowBecause(provider, providers())
          .ifPresent(reason -> LOGGER.log(System.Logger.Level.WARNING, reason));
    }
    return provider.open();
  }

  /// Why `auto` picked no fast backend; empty where it did.
  ///
  /// @param picked what it picked
  /// @param providers all there are
  public static Optional<String> slowBecause(
      BackendProvider picked, List<BackendProvider> providers) {
    if (preference(picked) > ORACLE) {
      return Optional.empty();
    }
    String others = unavailable(providers);
    return Optional.of(
        "backend auto: %s, which is for correctness and slow; %s"
            .formatted(picked.name(), others.isEmpty() ? "for a fast one, " + FAST : others));
  }

  /// What a user who has no backend can do.
  private static String noneAvailable(List<BackendProvider> providers) {
    return providers.isEmpty()
        ? "no backend is on the class path: %s; or %s (docs/library.md)".formatted(FAST, ANYWHERE)
        : "no backend can run here: %s; or %s".formatted(unavailable(providers), ANYWHERE);
  }

  /// Those that cannot run here, each with reason and remedy.
  private static String unavailable(List<BackendProvider> providers) {
    return providers.stream()
        .flatMap(
            provider ->
                provider.availability() instanceof Unavailable(String reason, String remedy)
                    ? Stream.of("%s cannot: %s; %s".formatted(provider.name(), reason, remedy))
                    : Stream.empty())
        .collect(Collectors.joining("; "));
  }

  private static int preference(BackendProvider provider) {
    return provider.availability() instanceof Available available
        ? available.preference()
        : Integer.MIN_VALUE;
  }
}
