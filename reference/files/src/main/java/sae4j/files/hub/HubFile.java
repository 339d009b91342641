// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

/// A file of a repository.
///
/// @param path with `/`, relative to the repository
/// @param size in bytes
/// @param sum of its content, by which the cache names it: the SHA-256 of a large file, and git's
///     SHA-1 of a small one
public record HubFile(String path, long size, String sum) {
  private static final int SHA_256_DIGITS = 64;

  /// Whether the sum is the content's SHA-256; else it is git's, which the size goes into.
  boolean isLarge() {
    return sum.length() == SHA_256_DIGITS;
  }

  /// The last part of its path.
  public String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
