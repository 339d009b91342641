// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Java text that is on this machine already.
public final class JavaSources {
  private JavaSources() {}

  /// The sources of the JDK in use where it came with them, else those of a project.
  ///
  /// @param seed decides the order of the JDK's files
  /// @param project where to look when the JDK has no sources
  /// @throws IOException if neither is there
  public static DocumentSource onThisMachine(long seed, Path project) throws IOException {
    Optional<JdkSources> jdk = JdkSources.ofThisJdk(seed);
    if (jdk.isPresent()) {
      return jdk.get();
    }
    DocumentSource tree = new SourceTree(project);
    try (var documents = tree.open()) {
      if (documents.findAny().isEmpty()) {
        throw new IOException(
            "no Java text found: this JDK has no lib/src.zip and there are no .java files below "
                + project
                + "; use a full JDK");
      }
    }
    return tree;
  }
}
