// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.util.List;

/// Keeps what is told of a download.
///
/// @param said each file as it begins, and each line
record Recorded(List<String> said) implements HubProgress {
  @Override
  public void begins(HubFile file, long had) {
    said.add("%s from %d".formatted(file.path(), had));
  }

  @Override
  public void received(long bytes) {}

  @Override
  public void ends() {}

  @Override
  public void says(String line) {
    said.add(line);
  }
}
