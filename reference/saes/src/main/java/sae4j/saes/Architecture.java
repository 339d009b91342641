// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;
import sae4j.tensor.Backend;

/// A kind of SAE: how it is called, what can be chosen, and how a fresh one is made.
///
/// Each is found by [java.util.ServiceLoader]: a new architecture is a file, and a line that names
/// its implementation of this interface in `META-INF/services/sae4j.saes.Architecture`.
public interface Architecture {

  /// The name in files and on the command line.
  String name();

  /// One line for people.
  String meaning();

  /// What can be chosen.
  List<Setting> settings();

  /// Whether it reconstructs what it reads. One that does not predicts another hook point, as a
  /// transcoder does.
  default boolean reconstructsInput() {
    return true;
  }

  /// Whether it reads several hook points at once, as a crosscoder does.
  default boolean readsSeveralHooks() {
    return false;
  }

  /// Whether it has an encoder of its own. One that has not finds codes by its decoder.
  default boolean hasEncoder() {
    return true;
  }

  /// Refuses options that none of its SAEs can have, where a setting depends on another or on the
  /// size of the dictionary. What each setting alone can be was checked before.
  ///
  /// @param options of this architecture
  /// @throws SettingException naming the setting
  default void check(SaeOptions options) {}

  /// Makes a fresh SAE. Callers use [#create], which checks hook points and options first.
  ///
  /// @param hooks fit this architecture
  /// @param options of this architecture
  /// @param seed decides the weights
  TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed);

  /// Makes a fresh SAE.
  ///
  /// @param seed decides the weights
  /// @throws IllegalArgumentException if such hook points or options cannot be
  default TrainableSae create(Hooks hooks, SaeOptions options, Backend backend, long seed) {
    if (reconstructsInput() && !hooks.reconstructsInput()) {
      throw new IllegalArgumentException(
          "%s reconstructs what it reads, %d wide, but the targets are %d wide: use a transcoder"
              .formatted(name(), hooks.inputWidth(), hooks.outputWidth()));
    }
    if (hooks.several() && !readsSeveralHooks()) {
      throw new IllegalArgumentException(
          "%s reads one hook point, not %d: use a crosscoder"
              .formatted(name(), hooks.inputs().size()));
    }
    check(options);
    return fresh(hooks, options, backend, seed);
  }
}
