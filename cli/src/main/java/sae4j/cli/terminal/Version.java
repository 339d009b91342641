// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import picocli.CommandLine.IVersionProvider;
import sae4j.files.output.OutputFolder;

/// The version of this build, from the manifest of its jar.
public final class Version implements IVersionProvider {
  /// `0.1.0`, or `unpackaged` when run from class files.
  public static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  /// A command of this build as one that claims what it writes.
  ///
  /// @param command as the user calls it: `sae train`
  public static OutputFolder.Claimant claimant(String command) {
    return new OutputFolder.Claimant(command, number());
  }

  @Override
  public String[] getVersion() {
    return new String[] {"sae4j " + number() + " (Java " + Runtime.version() + ")"};
  }
}
