// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;

/// Activations at one or more hooks, with the token each row belongs to.
///
/// @param tokens one entry for each row
/// @param rowsByHook [N, D] for each hook, all of the same N
public record CapturedActivations(TokenTable tokens, Map<HookPoint, FloatRows> rowsByHook) {
  /// @throws IllegalArgumentException if a hook's matrix has another number of rows than the table
  public CapturedActivations {
    rowsByHook.forEach(
        (hook, rows) -> {
          if (rows.rows() != tokens.size()) {
            throw new IllegalArgumentException(
                "captured activations: "
                    + hook
                    + " has "
                    + rows.rows()
                    + " rows for "
                    + tokens.size()
                    + " tokens");
          }
        });
  }

  /// The activations at `hook`, [N, D].
  ///
  /// @throws NullPointerException if `hook` was not captured
  public FloatRows at(HookPoint hook) {
    return Objects.requireNonNull(
        rowsByHook.get(hook), () -> hook + " was not captured; there are " + rowsByHook.keySet());
  }

  /// Batches of the same hooks as one.
  ///
  /// @throws IllegalArgumentException if there are none
  public static CapturedActivations concatenated(List<CapturedActivations> batches) {
    if (batches.isEmpty()) {
      throw new IllegalArgumentException("captured activations: there are none; give some text");
    }
    Map<HookPoint, FloatRows> rowsByHook = new LinkedHashMap<>();
    for (HookPoint hook : batches.getFirst().rowsByHook.keySet()) {
      rowsByHook.put(
          hook, FloatRows.concatenated(batches.stream().map(batch -> batch.at(hook)).toList()));
    }
    return new CapturedActivations(
        TokenTable.concatenated(batches.stream().map(CapturedActivations::tokens).toList()),
        rowsByHook);
  }
}
