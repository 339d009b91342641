// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Windows in groups that go through a model together: consecutive ones of one length.
public final class WindowBatches implements Iterator<List<TokenTable>> {
  private final Iterator<TokenTable> windows;
  private final int batch;
  private @Nullable TokenTable waiting;

  /// @param windows what to group
  /// @param batch most windows in a group
  public WindowBatches(Iterator<TokenTable> windows, int batch) {
    this.windows = windows;
    this.batch = batch;
  }

  @Override
  public boolean hasNext() {
    if (waiting == null && windows.hasNext()) {
      waiting = windows.next();
    }
    return waiting != null;
  }

  @Override
  public List<TokenTable> next() {
    List<TokenTable> group = new ArrayList<>();
    while (group.size() < batch && hasNext() && waiting != null) {
      if (!group.isEmpty() && waiting.size() != group.getFirst().size()) {
        break;
      }
      group.add(waiting);
      waiting = null;
    }
    if (group.isEmpty()) {
      throw new NoSuchElementException();
    }
    return group;
  }
}
