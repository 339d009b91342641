// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;
import java.util.ServiceLoader;
import sae4j.tensor.Backend;

/// The SAE architectures by name: those of this library, and those of other jars on the class path.
/// A new one is a file and a line; see [Architecture].
public final class Architectures {
  private static final List<Architecture> ALL =
      ServiceLoader.load(Architecture.class, Architecture.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private Architectures() {}

  /// All of them.
  public static List<Architecture> all() {
    return ALL;
  }

  /// The names.
  public static List<String> names() {
    return ALL.stream().map(Architecture::name).toList();
  }

  /// One by its name.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public static Architecture named(String name) {
    return ALL.stream()
        .filter(architecture -> architecture.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown architecture '%s': choose %s"
                        .formatted(name, String.join(", ", names()))));
  }

  /// A fresh SAE of one hook point, or a transcoder between two of one width.
  ///
  /// @param activationDim D
  public static TrainableSae create(
      int activationDim, SaeOptions options, Backend backend, long seed) {
    Architecture architecture = named(options.architecture());
    Hooks hooks =
        architecture.reconstructsInput()
            ? Hooks.of(activationDim)
            : Hooks.between(activationDim, activationDim);
    return architecture.create(hooks, options, backend, seed);
  }

  /// A fresh SAE.
  ///
  /// @throws IllegalArgumentException if the architecture does not take such hook points
  public static TrainableSae create(Hooks hooks, SaeOptions options, Backend backend, long seed) {
    return named(options.architecture()).create(hooks, options, backend, seed);
  }
}
