// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import picocli.CommandLine.IVersionProvider;

/// The version of this build, from the manifest of its jar.
public final class Version implements IVersionProvider {
  /// `0.1.0`, or `unpackaged` when run from class files.
  public static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"sae4j " + number() + " (Java " + Runtime.version() + ")"};
  }
}
