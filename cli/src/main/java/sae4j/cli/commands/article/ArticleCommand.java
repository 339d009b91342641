// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.article;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.cli.options.JsonOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Table;
import sae4j.cli.terminal.Version;
import sae4j.companion.Matrix;
import sae4j.companion.Page;
import sae4j.companion.Walk;
import sae4j.files.output.OutputFolder;
import sae4j.tensor.Backend;
import sae4j.tensor.Backends;

/// `sae article`: runs the article's lines on matrices that fit on a line, and writes the page that
/// explains them.
@Command(
    name = "article",
    sortOptions = false,
    description = {
      "Run the article's lines, in their order, on matrices of a few numbers; with --out, write the"
          + " page that explains each line, with pictures that follow sliders.",
      "",
      "The activations are those of a toy model of 4 neurons that learned 8 concepts; the SAE is"
          + " the article's."
    },
    footer = {
      "",
      "The folder --out gets index.html, one file that needs no network.",
      "",
      "Example:",
      "  sae article --out article"
    })
public final class ArticleCommand implements Callable<Integer> {
  private static final String PAGE = "index.html";

  private final Console console;

  @Option(names = "--out", paramLabel = "DIR", description = "Folder for the page.")
  private @Nullable Path out;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public ArticleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    try (OutputFolder folder = folder();
        Backend backend = Backends.open("ejml")) {
      Walk walk = Walk.through(backend);
      Page page = new Page(walk);
      if (folder != null) {
        folder.write(PAGE, page.bytes());
        folder.keep();
      }
      if (json.given()) {
        console.print(page.json());
      } else {
        print(walk);
      }
      if (out != null) {
        console.say("open %s in a browser".formatted(out.resolve(PAGE)));
      }
    }
    return 0;
  }

  private @Nullable OutputFolder folder() throws IOException {
    return out == null ? null : OutputFolder.own(out, Version.claimant("sae article"));
  }

  /// The article's variables in its order, with what stands in them.
  private void print(Walk walk) {
    Table table = Table.withColumns("method", "variable", "shape", "value");
    row(table, "autoencoder", "inputD", walk.input());
    row(table, "", "compressedH", walk.autoencoder().compressedH());
    row(table, "", "reconstructedD", walk.autoencoder().reconstructedD());
    row(table, "forwardPass", "modelActivationsD", walk.input());
    row(table, "", "encodedRepresentationF", walk.sae().encodedRepresentationF());
    row(table, "", "reconstructedModelActivationsD", walk.sae().reconstructedModelActivationsD());
    Walk.Batch batch = walk.loss();
    row(table, "calculateLoss", "l2Loss", number(batch.l2Loss()));
    row(table, "", "l1Loss", number(batch.l1Loss()));
    row(table, "", "loss", number(batch.loss()));
    Walk.Steered steered = walk.intervention();
    row(table, "performIntervention", "modelActivationsD", steered.modelActivationsD());
    row(table, "", "modifiedModelActivationsD", steered.modifiedModelActivationsD());
    table.printTo(console.out());
    if (out == null) {
      console.say("the page that explains each line: sae article --out DIR");
    }
  }

  private static Matrix number(double value) {
    return new Matrix(1, 1, List.of(value));
  }

  private static void row(Table table, String method, String variable, Matrix value) {
    table.row(
        method,
        variable,
        value.rows() + "×" + value.columns(),
        value.values().stream()
            .map(each -> each == 0 ? "0" : "%.4f".formatted(each))
            .collect(Collectors.joining(" ")));
  }
}
