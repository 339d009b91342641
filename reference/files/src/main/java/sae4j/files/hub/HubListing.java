// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.util.List;

/// What a name stands for on the hub.
///
/// @param name as it was asked for
/// @param commit that its revision is at the moment
/// @param files all at or below its path, ordered by path
public record HubListing(HubName name, String commit, List<HubFile> files) {
  /// Makes a listing.
  public HubListing {
    files = List.copyOf(files);
  }

  /// How many bytes they are.
  public long size() {
    return files.stream().mapToLong(HubFile::size).sum();
  }
}
