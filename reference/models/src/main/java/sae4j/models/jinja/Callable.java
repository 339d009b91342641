// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.syntax.TemplateException;

/// What can be called.
@FunctionalInterface
interface Callable {
  /// @param arguments by position
  /// @param named by name
  /// @param line for messages
  @Nullable Object call(
      List<@Nullable Object> arguments, Map<String, @Nullable Object> named, int line)
      throws TemplateException;
}
