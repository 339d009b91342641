// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.inputs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.activations.text.datasets.HubDataset;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ProgressLine;
import sae4j.files.hub.Hub;
import sae4j.files.hub.HubFile;
import sae4j.files.hub.HubName;
import sae4j.files.hub.HubProgress;
import sae4j.files.hub.HubSelection;
import sae4j.files.hub.RepositoryKind;

/// Names on the hub that stand where a path could: what they name is fetched into the cache unless
/// it is there, and the terminal says how that goes.
public final class HubFiles {
  private HubFiles() {}

  /// Makes a model that is given by its name on the hub ready to be opened. Whatever else was given
  /// is left to who opens it.
  ///
  /// @throws IOException if its files cannot be fetched
  public static void prepare(Console console, String model) throws IOException {
    Optional<HubName> name = HubName.unlessLocal(model);
    if (name.isPresent()) {
      if (name.get().kind() != RepositoryKind.MODEL) {
        throw new IOException(
            "%s: is a data set, and a model is wanted; write OWNER/NAME".formatted(model));
      }
      fetched(console, name.get(), HubSelection.MODEL);
    }
  }

  /// Fetches what a name stands for.
  ///
  /// @return where it is now
  public static Path fetched(Console console, HubName name, HubSelection selection)
      throws IOException {
    return Hub.ofEnvironment().fetch(name, selection, new OnConsole(console));
  }

  /// Fetches what a part of a data set needs.
  ///
  /// @param say told what was chosen where there is something else
  /// @return the name at its commit: what is read stays the same when the hub goes on
  public static HubName dataset(
      Console console, HubName name, DatasetPart part, Consumer<String> say) throws IOException {
    HubProgress progress = new OnConsole(console);
    HubDataset dataset = HubDataset.of(Hub.ofEnvironment(), name, progress);
    dataset.fetch(part, progress, say);
    return dataset.name();
  }

  /// Shows each file as a line of progress.
  private static final class OnConsole implements HubProgress {
    private final Console console;
    private @Nullable ProgressLine line;

    OnConsole(Console console) {
      this.console = console;
    }

    @Override
    public void begins(HubFile file, long had) {
      line = new ProgressLine(console, "fetching " + file.name(), "bytes", file.size(), had);
    }

    @Override
    public void received(long bytes) {
      if (line != null) {
        line.add(bytes);
      }
    }

    @Override
    public void ends() {
      if (line != null) {
        line.end();
      }
    }

    @Override
    public void says(String text) {
      console.erase();
      console.say(text);
    }
  }
}
