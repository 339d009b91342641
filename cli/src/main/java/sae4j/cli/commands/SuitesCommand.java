// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import sae4j.cli.options.JsonOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.saes.suites.Suite;
import sae4j.saes.suites.Suites;

/// `sae suites`: the public suites of SAEs that have short names here.
@Command(
    name = "suites",
    sortOptions = false,
    description = {
      "List the public suites of trained SAEs that have short names, which --sae takes. Write a"
          + " value in the place of each {part}; the files are fetched from the hub.",
      "",
      "A list of your own, of the form that docs/formats.md shows, goes before this one: the file"
          + " that SAE_SUITES names, or else ~/.config/sae4j/suites.json."
    },
    footer = {
      "",
      "Example:",
      "  sae suites gemma-3",
      "  sae check --sae gemma-scope-2-1b-pt/layer_13/resid_post/16k/medium"
    })
public final class SuitesCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "FILTER",
      defaultValue = "",
      description = "Only those with this in their name, model, hook point or place on the hub.")
  private String filter = "";

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public SuitesCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    List<Suite> chosen =
        Suites.of(System.getenv()).all().stream().filter(suite -> has(suite, filter)).toList();
    if (json.given()) {
      ObjectNode all = Json.object();
      ArrayNode suites = all.putArray("suites");
      chosen.forEach(suite -> suites.add(Json.of(suite)));
      console.print(Json.line(all));
      return 0;
    }
    Table table = Table.withColumns("name", "model", "reads", "predicts");
    for (Suite suite : chosen) {
      String predicts = suite.predicts();
      table.row(suite.name(), suite.model(), suite.hook(), predicts == null ? "" : predicts);
    }
    table.printTo(console.out());
    if (chosen.isEmpty()) {
      console.say("no suite has '%s' in it; sae suites lists all".formatted(filter));
    }
    return 0;
  }

  private static boolean has(Suite suite, String filter) {
    String all =
        String.join(
            " ", suite.name(), suite.at(), suite.model(), suite.hook(), "" + suite.predicts());
    return all.toLowerCase(Locale.ROOT).contains(filter.toLowerCase(Locale.ROOT));
  }
}
