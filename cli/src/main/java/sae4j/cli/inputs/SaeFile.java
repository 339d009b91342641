// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.inputs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import sae4j.cli.terminal.Console;
import sae4j.files.hub.HubName;
import sae4j.files.hub.HubSelection;
import sae4j.files.references.HubCache;
import sae4j.saes.formats.SaeFormat;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.suites.SuiteSae;
import sae4j.saes.suites.Suites;
import sae4j.saes.weights.SaeWeights;

/// The files of an SAE that a user named by a path, by a name on the hub, or by that of a public
/// suite. What is on the hub has been fetched.
///
/// @param path where it is on this machine
/// @param suite what is known of it beside its files
public record SaeFile(Path path, Optional<SuiteSae> suite) {

  /// Finds it.
  ///
  /// @param named as it was given
  /// @throws IOException if it cannot be fetched, or the user's list of suites cannot be read
  public static SaeFile of(Console console, Path named) throws IOException {
    if (HubName.hasScheme(named.toString())) {
      HubName name = HubName.parse(named.toString());
      return new SaeFile(HubFiles.fetched(console, name, HubSelection.SAE), Optional.empty());
    }
    Optional<SuiteSae> suite = ofSuite(named);
    return suite.isEmpty()
        ? new SaeFile(named, suite)
        : new SaeFile(HubFiles.fetched(console, suite.get().at(), HubSelection.SAE), suite);
  }

  /// The SAE of a suite that has such a name; nothing if something is at that path.
  ///
  /// @throws IOException if the user's list of suites cannot be read
  public static Optional<SuiteSae> ofSuite(Path named) throws IOException {
    return Files.exists(named) || named.isAbsolute()
        ? Optional.empty()
        : Suites.of(System.getenv()).find(named.toString().replace('\\', '/'));
  }

  /// Where it is, if that is a repository in the hub's cache, in it.
  public Path place() throws IOException {
    return HubCache.resolved(path);
  }

  /// Its format, by its files.
  public SaeFormat format() throws IOException {
    return SaeFormats.recognise(place());
  }

  /// Its weights, with what the suite says of them.
  public SaeWeights read() throws IOException {
    return read(format());
  }

  /// As [#read()], in a format that the user names.
  public SaeWeights read(SaeFormat format) throws IOException {
    SaeWeights read = format.read(place());
    return suite.isEmpty() ? read : suite.get().complete(read);
  }
}
