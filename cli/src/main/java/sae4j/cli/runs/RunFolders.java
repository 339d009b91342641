// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The folders of a run, claimed one after another and given back together.
final class RunFolders implements AutoCloseable {
  private final List<RunFolder> folders = new ArrayList<>();

  void add(RunFolder folder) {
    folders.add(folder);
  }

  /// The one that holds the checkpoint of all.
  RunFolder first() {
    return folders.getFirst();
  }

  List<RunFolder> all() {
    return List.copyOf(folders);
  }

  /// Gives all back, also if one cannot be.
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (RunFolder folder : folders.reversed()) {
      try {
        folder.close();
      } catch (IOException next) {
        if (failure == null) {
          failure = next;
        } else {
          failure.addSuppressed(next);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
