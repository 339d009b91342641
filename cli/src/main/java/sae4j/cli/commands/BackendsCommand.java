// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import sae4j.cli.options.JsonOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.BackendProvider.Availability.Available;
import sae4j.tensor.BackendProvider.Availability.Unavailable;
import sae4j.tensor.Backends;

/// `sae backends`: which backends there are, which can run here, and which one `auto` means.
@Command(
    name = "backends",
    description = "List the backends: which can run here, on what, and which one 'auto' picks.",
    footer = {"", "Example:", "  sae backends --json"})
public final class BackendsCommand implements Runnable {
  private final Console console;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public BackendsCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    List<BackendProvider> providers = Backends.providers();
    boolean any =
        providers.stream().anyMatch(provider -> provider.availability() instanceof Available);
    String auto = any ? Backends.provider("auto").name() : "";
    if (json.given()) {
      console.print(Json.line(asJson(providers, auto)));
      return;
    }
    Table table = Table.withColumns("", "backend", "here", "what it is");
    for (BackendProvider provider : providers) {
      switch (provider.availability()) {
        case Available(String description, int preference) ->
            table.row(
                provider.name().equals(auto) ? "*" : "",
                provider.name(),
                "available",
                described(provider));
        case Unavailable(String reason, String remedy) ->
            table.row("", provider.name(), "unavailable", reason + "; " + remedy);
      }
    }
    table.printTo(console.out());
    console.print("%n%s".formatted(any ? "* is what --backend auto picks." : "None can run here."));
  }

  /// What the opened backend says of itself: device, lanes, threads.
  private static String described(BackendProvider provider) {
    try (Backend backend = provider.open()) {
      return backend.description();
    }
  }

  private static ObjectNode asJson(List<BackendProvider> providers, String auto) {
    ObjectNode all = Json.object().put("auto", auto);
    var list = all.putArray("backends");
    for (BackendProvider provider : providers) {
      ObjectNode each = list.addObject().put("name", provider.name());
      switch (provider.availability()) {
        case Available(String description, int preference) ->
            each.put("available", true)
                .put("description", described(provider))
                .put("preference", preference);
        case Unavailable(String reason, String remedy) ->
            each.put("available", false).put("reason", reason).put("remedy", remedy);
      }
    }
    return all;
  }
}
