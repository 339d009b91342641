// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.io.Serial;

/// A [Setting] that cannot be what it is said to be. Its parts are apart, so that a program can
/// name what its user typed.
public final class SettingException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1;

  private final String setting;
  private final String value;
  private final String remedy;

  /// @param setting its name
  /// @param value that it cannot have
  /// @param remedy what it must be
  public SettingException(String setting, Object value, String remedy) {
    super("%s is %s: %s".formatted(setting, value, remedy));
    this.setting = setting;
    this.value = value.toString();
    this.remedy = remedy;
  }

  /// The name of the setting.
  public String setting() {
    return setting;
  }

  /// What it cannot be.
  public String value() {
    return value;
  }

  /// What it must be.
  public String remedy() {
    return remedy;
  }
}
