// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a name on the hub stands for: a repository at a revision, and a folder or file in it.
///
/// Two spellings are understood: `OWNER/NAME[@REVISION]`, and `hf://OWNER/NAME[@REVISION][/PATH]`.
/// That of a data set has `datasets/` before the owner.
///
/// @param kind what the repository is one of
/// @param repository `OWNER/NAME`
/// @param revision a branch, a tag, or a commit of 40 hexadecimal digits; where its own name has a
///     slash, that is spelled `%2F`, as the hub's own tools do: `OWNER/NAME@refs%2Fpr%2F1`
/// @param path with `/`, relative to the repository; empty for the whole of it
public record HubName(RepositoryKind kind, String repository, String revision, String path) {
  /// What the hub calls the newest revision.
  public static final String MAIN = "main";

  private static final String SCHEME = "hf://";
  private static final String WORD = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
  private static final Pattern REPOSITORY =
      Pattern.compile("(%1$s/%1$s)(?:@(%1$s(?:%%2[Ff]%1$s)*))?".formatted(WORD));

  /// Whether a word says that it is a name on the hub.
  public static boolean hasScheme(String word) {
    // a path that was made of such a word has lost a slash
    return word.startsWith("hf:/");
  }

  /// The name that a word is, if it is no path: nothing of that name is here, nor is there a folder
  /// of its first part, and it is spelled like one.
  public static Optional<HubName> unlessLocal(String word) {
    if (hasScheme(word)) {
      return Optional.of(parse(word));
    }
    Matcher spelled = REPOSITORY.matcher(word);
    if (!spelled.matches()) {
      return Optional.empty();
    }
    Path path = Path.of(word);
    Path owner = path.getParent();
    boolean local = Files.exists(path) || (owner != null && Files.exists(owner));
    return local ? Optional.empty() : Optional.of(of(RepositoryKind.MODEL, spelled, ""));
  }

  /// Reads a name.
  ///
  /// @throws IllegalArgumentException if it is none; the message says how one is spelled
  public static HubName parse(String word) {
    String named = word.replaceFirst("^hf:/+", "");
    RepositoryKind kind =
        named.startsWith(RepositoryKind.DATASET.prefix())
            ? RepositoryKind.DATASET
            : RepositoryKind.MODEL;
    String name = named.substring(kind.prefix().length());
    int slash = name.indexOf('/', name.indexOf('/') + 1);
    String path = slash < 0 ? "" : name.substring(slash + 1).replaceAll("/+$", "");
    Matcher spelled = REPOSITORY.matcher(slash < 0 ? name : name.substring(0, slash));
    if (!spelled.matches() || isStrange(path)) {
      throw new IllegalArgumentException(
          "'%s' is no name on the hub; write %s%sOWNER/NAME[@REVISION][/PATH]"
              .formatted(word, SCHEME, kind.prefix()));
    }
    return of(kind, spelled, path);
  }

  private static HubName of(RepositoryKind kind, Matcher spelled, String path) {
    String revision = spelled.group(2);
    return new HubName(
        kind, spelled.group(1), revision == null ? MAIN : revision.replaceAll("%2[Ff]", "/"), path);
  }

  /// Whether a path leads out of its repository, or may be read in two ways.
  static boolean isStrange(String path) {
    for (String part : path.split("/", -1)) {
      if (part.equals(".") || part.equals("..") || (part.isEmpty() && !path.isEmpty())) {
        return true;
      }
    }
    return path.indexOf('\\') >= 0
        || path.chars().anyMatch(Character::isISOControl)
        || !StandardCharsets.UTF_8.newEncoder().canEncode(path);
  }

  /// Whether the revision is a commit, which never changes.
  boolean isPinned() {
    return revision.matches("[0-9a-f]{40}");
  }

  /// The same at another revision.
  ///
  /// @param other a commit, which never changes
  public HubName at(String other) {
    return new HubName(kind, repository, other, path);
  }

  /// Another folder or file of the same repository; all of it where the path is empty.
  public HubName in(String other) {
    return new HubName(kind, repository, revision, other);
  }

  /// As it is written: `hf://OWNER/NAME@REVISION/PATH`, with what is needed of it.
  @Override
  public String toString() {
    return (path.isEmpty() && kind == RepositoryKind.MODEL ? "" : SCHEME)
        + kind.prefix()
        + repository
        + (revision.equals(MAIN) ? "" : "@" + revision.replace("/", "%2F"))
        + (path.isEmpty() ? "" : "/" + path);
  }
}
