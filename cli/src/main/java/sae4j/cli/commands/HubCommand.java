// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.cli.inputs.HubFiles;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.types.Choice;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.files.hub.Hub;
import sae4j.files.hub.HubFile;
import sae4j.files.hub.HubListing;
import sae4j.files.hub.HubName;
import sae4j.files.hub.HubSelection;
import sae4j.files.hub.HubSettings;
import sae4j.files.hub.RepositoryKind;

/// `sae hub`: what the Hugging Face hub has of a name, and what of it is on this machine.
@Command(
    name = "hub",
    sortOptions = false,
    description =
        "Look at a repository of the Hugging Face hub, fetch it, or say where it is in the cache.",
    footer = {
      "",
      "Other commands fetch what they need by themselves: --model OWNER/NAME,"
          + " --sae hf://OWNER/NAME/PATH, --text hf://datasets/OWNER/NAME.",
      "The cache is the one that Python's tools use. HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT"
          + " and HF_HUB_OFFLINE mean what they mean there.",
      "",
      "Example:",
      "  sae hub list google/gemma-scope-2b-pt-res@main",
      "  sae hub fetch hf://google/gemma-scope-2b-pt-res/layer_12/width_16k/average_l0_82",
      "  sae hub fetch hf://datasets/roneneldan/TinyStories"
    })
public final class HubCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "ACTION",
      converter = Action.class,
      description =
          "list: the files on the hub; fetch: get them, those of a model, the default split of a"
              + " data set, or all below a path; where: the path of what was fetched.")
  private String action = "";

  @Parameters(
      index = "1",
      paramLabel = "NAME",
      converter = Name.class,
      description =
          "OWNER/NAME[@REVISION], or hf://OWNER/NAME[@REVISION]/PATH; of a data set"
              + " hf://datasets/OWNER/NAME[@REVISION][/PATH].")
  private HubName name = new HubName(RepositoryKind.MODEL, "", "", "");

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public HubCommand(Console console) {
    this.console = console;
  }

  /// What is done with a name.
  static final class Action extends Choice {
    Action() {
      super(List.of("list", "fetch", "where"), "choose list, fetch or where");
    }
  }

  /// Reads a name.
  static final class Name implements ITypeConverter<HubName> {
    @Override
    public HubName convert(String word) {
      try {
        return HubName.parse(word);
      } catch (IllegalArgumentException noName) {
        throw Refusal.of(
            word,
            "write OWNER/NAME[@REVISION], hf://OWNER/NAME[@REVISION]/PATH, or"
                + " hf://datasets/OWNER/NAME[@REVISION][/PATH]");
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    switch (action) {
      case "list" -> list(Hub.ofEnvironment().list(name));
      case "fetch" -> say(fetch());
      default -> say(where());
    }
    return 0;
  }

  private Path fetch() throws IOException {
    if (!name.path().isEmpty()) {
      return HubFiles.fetched(console, name, HubSelection.ALL);
    }
    if (name.kind() == RepositoryKind.MODEL) {
      return HubFiles.fetched(console, name, HubSelection.MODEL);
    }
    name = HubFiles.dataset(console, name, DatasetPart.USUAL, console::say);
    return where();
  }

  private Path where() throws IOException {
    HubSettings settings = HubSettings.ofEnvironment();
    return new Hub(settings)
        .cached(name)
        .orElseThrow(
            () ->
                new IOException(
                    "%s: is not in the cache %s; sae hub fetch %s gets it"
                        .formatted(name, settings.cache(), name)));
  }

  private void list(HubListing listing) {
    if (json.given()) {
      ObjectNode result = named().put("commit", listing.commit()).put("bytes", listing.size());
      ArrayNode files = result.putArray("files");
      for (HubFile file : listing.files()) {
        files.addObject().put("path", file.path()).put("bytes", file.size()).put("sum", file.sum());
      }
      console.print(Json.line(result));
      return;
    }
    Table table = Table.withColumns("file", ">bytes");
    listing.files().forEach(file -> table.row(file.path(), "%,d".formatted(file.size())));
    table.printTo(console.out());
    console.say(
        "%s is at %s: %,d files, %,d bytes"
            .formatted(name, listing.commit(), listing.files().size(), listing.size()));
  }

  private void say(Path path) {
    console.print(json.given() ? Json.line(named().put("path", path.toString())) : "" + path);
  }

  private ObjectNode named() {
    return Json.object()
        .put("kind", name.kind().name().toLowerCase(Locale.ROOT))
        .put("repository", name.repository())
        .put("revision", name.revision())
        .put("in", name.path());
  }
}
