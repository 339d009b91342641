// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

/// What a repository of the hub is one of. The hub keeps the kinds apart, in its addresses and in
/// its cache.
public enum RepositoryKind {
  /// Models and SAEs, whose names stand alone.
  MODEL("models", ""),
  /// Data sets, whose names begin with `datasets/`.
  DATASET("datasets", "datasets/");

  private final String plural;
  private final String prefix;

  RepositoryKind(String plural, String prefix) {
    this.plural = plural;
    this.prefix = prefix;
  }

  /// What stands before `OWNER/NAME`, in a name and in the address of a page.
  String prefix() {
    return prefix;
  }

  /// Where the hub tells programs about a repository.
  String api(String repository) {
    return "/api/" + plural + "/" + repository;
  }

  /// The folder that a repository has in the cache.
  String folder(String repository) {
    return plural + "--" + repository.replace("/", "--");
  }
}
