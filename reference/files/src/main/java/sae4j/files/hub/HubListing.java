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

  /// Whether the name stands for a single file, and not for a folder.
  public boolean isFile() {
    return files.size() == 1 && files.getFirst().path().equals(name.path());
  }

  /// The path of one of the files, relative to what was asked for; a file that was asked for has
  /// its name.
  public String below(HubFile file) {
    String folder = name.path();
    return folder.isEmpty() || folder.equals(file.path())
        ? file.path().substring(folder.isEmpty() ? 0 : folder.lastIndexOf('/') + 1)
        : file.path().substring(folder.length() + 1);
  }

  /// How many bytes they are.
  public long size() {
    return files.stream().mapToLong(HubFile::size).sum();
  }
}
