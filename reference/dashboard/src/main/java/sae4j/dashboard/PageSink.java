// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.io.IOException;
import java.util.List;

/// A form in which a dashboard is written.
public interface PageSink {
  /// Writes some pages.
  ///
  /// @param pages of features that follow those of the call before
  void add(List<FeaturePage> pages) throws IOException;

  /// Writes what could only be known at the end.
  void finish() throws IOException;
}
