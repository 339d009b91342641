// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.predictions;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;

/// The logits of a pass, some rows at a time: all of them together may be larger than memory, B·T·V
/// numbers with V up to a quarter of a million.
///
/// What follows the last block, a norm and the unembedding, sees one token at a time. So the pass
/// is run to the end of the residual stream once, and on from there for each slice. A pass that is
/// small enough is one slice and is run as a whole.
public final class SlicedLogits {
  private final LanguageModel model;
  private final TokenBatch tokensBT;
  private final HookPoint hook;
  private final FloatRows rowsBTxD;
  private final int rowsPerSlice;
  private @Nullable FloatRows whole;

  /// @param hook where `activationsBTxD` stand
  /// @param mostValues numbers in a slice, at most, but at least one row
  SlicedLogits(
      LanguageModel model,
      TokenBatch tokensBT,
      HookPoint hook,
      FloatRows activationsBTxD,
      long mostValues) {
    long rows = Math.max(1, mostValues / model.vocabularySize());
    this.model = model;
    this.tokensBT = tokensBT;
    if (rows >= tokensBT.rows()) {
      this.rowsPerSlice = tokensBT.rows();
      this.hook = hook;
      this.rowsBTxD = activationsBTxD;
      return;
    }
    this.rowsPerSlice = (int) Math.min(rows, model.contextLength());
    this.hook = endOfResidualStream(model);
    this.rowsBTxD =
        hook.equals(this.hook)
            ? activationsBTxD
            : Objects.requireNonNull(
                model.advance(tokensBT, hook, activationsBTxD, List.of(this.hook)).get(this.hook));
  }

  private static HookPoint endOfResidualStream(LanguageModel model) {
    return model.hookPoints().stream()
        .filter(each -> each.site() == HookPoint.Site.RESID_POST)
        .reduce((earlier, later) -> later)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    model.name() + " has no hook_resid_post; read shorter contexts"));
  }

  /// How many slices there are.
  public int count() {
    return Math.ceilDiv(tokensBT.rows(), rowsPerSlice);
  }

  /// The row of the batch that a slice begins with.
  public int firstRow(int slice) {
    return slice * rowsPerSlice;
  }

  /// The logits of a slice's rows, [rows, V]. A pass of one slice is computed once, a slice of
  /// several whenever it is asked for.
  public FloatRows slice(int slice) {
    if (count() == 1) {
      if (whole == null) {
        whole = model.resume(tokensBT, hook, rowsBTxD);
      }
      return whole;
    }
    int first = firstRow(slice);
    int rows = Math.min(rowsPerSlice, tokensBT.rows() - first);
    int[] ids = new int[rows];
    Arrays.setAll(ids, i -> tokensBT.id(first + i));
    int width = rowsBTxD.width();
    float[] values = Arrays.copyOfRange(rowsBTxD.values(), first * width, (first + rows) * width);
    return model.resume(TokenBatch.of(ids), hook, new FloatRows(rows, width, values));
  }
}
