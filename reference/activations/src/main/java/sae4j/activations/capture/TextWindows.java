// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.util.Iterator;

/// The windows of a text up to a number of tokens, and the text behind them, which is closed with
/// them.
final class TextWindows implements Iterator<TokenTable>, AutoCloseable {
  private final Iterator<TokenTable> windows;
  private final long maxTokens;
  private final Runnable whenClosed;
  private long read;

  /// @param windows of the text
  /// @param maxTokens end after this many tokens; the last window is cut there
  /// @param whenClosed closes the text
  TextWindows(Iterator<TokenTable> windows, long maxTokens, Runnable whenClosed) {
    this.windows = windows;
    this.maxTokens = maxTokens;
    this.whenClosed = whenClosed;
  }

  @Override
  public boolean hasNext() {
    return read < maxTokens && windows.hasNext();
  }

  @Override
  public TokenTable next() {
    TokenTable window = windows.next().first(maxTokens - read);
    read += window.size();
    return window;
  }

  @Override
  public void close() {
    whenClosed.run();
  }
}
