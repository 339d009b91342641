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
  private final long maxTokens;
  private @Nullable TokenTable waiting;
  private long read;

  /// @param windows what to group
  /// @param batch most windows in a group
  /// @param maxTokens end behind this many tokens; the last window is cut there
  public WindowBatches(Iterator<TokenTable> windows, int batch, long maxTokens) {
    this.windows = windows;
    this.batch = batch;
    this.maxTokens = maxTokens;
  }

  @Override
  public boolean hasNext() {
    if (waiting == null && read < maxTokens && windows.hasNext()) {
      waiting = windows.next().first(maxTokens - read);
      read += waiting.size();
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
