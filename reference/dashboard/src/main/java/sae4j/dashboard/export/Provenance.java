// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.export;

import java.time.Instant;
import sae4j.models.HookPoint;

/// The origin of exported features, in the terms of the importing tools.
///
/// @param model the model's id: letters, digits, `-`, `_` and `.`
/// @param hook where the SAE was trained
/// @param set the name of the set of SAEs that this one belongs to, one for each layer
/// @param dataset the text that was read
/// @param prompts the number of contexts that were read
/// @param promptTokens tokens in each
/// @param created the time that the rows say they were made at; part of the files, so that with the
///     same one they are the same
public record Provenance(
    String model,
    HookPoint hook,
    String set,
    String dataset,
    int prompts,
    int promptTokens,
    Instant created) {
  /// The id of one SAE of the set: its layer and the set's name.
  public String source() {
    return hook.layer() + "-" + set;
  }
}
