// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import sae4j.files.FormatException;

/// What decides an SAE before training: its architecture, its size, and the architecture's own
/// settings.
///
/// @param architecture a name of [Architectures]
/// @param features F, the size of the dictionary
/// @param settings values by the names of the architecture's [Setting]s, every one of them
public record SaeOptions(String architecture, int features, Map<String, String> settings) {

  /// Checks the settings and fills in those not given.
  ///
  /// @throws IllegalArgumentException if the architecture is unknown
  /// @throws SettingException if the architecture has no such setting, or the value cannot be; the
  ///     message names it and what can
  public SaeOptions {
    if (features < 1) {
      throw new IllegalArgumentException(
          "features is %d: it must be 1 or more".formatted(features));
    }
    settings = Map.copyOf(complete(Architectures.named(architecture), settings));
  }

  /// An SAE with its architecture's standard settings.
  public static SaeOptions of(String architecture, int features) {
    return new SaeOptions(architecture, features, Map.of());
  }

  /// A TopK SAE.
  ///
  /// @param k active features a token
  public static SaeOptions topK(int features, int k) {
    return new SaeOptions("topk", features, Map.of("k", Integer.toString(k)));
  }

  /// These options with a target L0. They are unchanged for an architecture whose penalty cannot
  /// aim at one ([Setting#SPARSITY_TARGET]).
  public SaeOptions aimedAt(double l0) {
    if (!aims()) {
      return this;
    }
    Map<String, String> aimed = new TreeMap<>(settings);
    aimed.put(Setting.SPARSITY_TARGET.name(), Double.toString(l0));
    return new SaeOptions(architecture, features, aimed);
  }

  /// Whether the architecture has a penalty that can aim at an L0.
  public boolean aims() {
    return settings.containsKey(Setting.SPARSITY_TARGET.name());
  }

  private static Map<String, String> complete(
      Architecture architecture, Map<String, String> given) {
    Map<String, String> complete = new TreeMap<>();
    for (Setting setting : architecture.settings()) {
      String value = given.getOrDefault(setting.name(), setting.standard());
      String fault = setting.fault(value);
      if (!fault.isEmpty()) {
        throw new SettingException(setting.name(), value, fault);
      }
      complete.put(setting.name(), value);
    }
    for (Map.Entry<String, String> each : new TreeMap<>(given).entrySet()) {
      if (!complete.containsKey(each.getKey())) {
        throw new SettingException(
            each.getKey(),
            each.getValue(),
            "%s has no setting of that name, only %s"
                .formatted(architecture.name(), FormatException.list(complete.keySet())));
      }
    }
    return complete;
  }

  /// The value of [Setting#K].
  ///
  /// @throws SettingException if it is more than there are features
  public int k() {
    int k = whole(Setting.K);
    if (k > features) {
      throw new SettingException(
          Setting.K.name(), k, "it must be from 1 to the number of features, " + features);
    }
    return k;
  }

  /// The value of a [Setting.WholeNumber].
  public int whole(Setting setting) {
    return Integer.parseInt(word(setting));
  }

  /// The value of a [Setting.RealNumber].
  public double number(Setting setting) {
    return Double.parseDouble(word(setting));
  }

  /// The value of a [Setting.Choice] between true and false.
  public boolean flag(Setting setting) {
    return Boolean.parseBoolean(word(setting));
  }

  /// The value of a [Setting.Ascending].
  public int[] ascending(Setting setting) {
    String value = word(setting);
    return value.isEmpty()
        ? new int[0]
        : Arrays.stream(value.split(",", -1)).mapToInt(Integer::parseInt).toArray();
  }

  /// The value as it was given.
  public String word(Setting setting) {
    String value = settings.get(setting.name());
    if (value == null) {
      throw new IllegalArgumentException(
          "%s has no setting '%s'".formatted(architecture, setting.name()));
    }
    return value;
  }
}
