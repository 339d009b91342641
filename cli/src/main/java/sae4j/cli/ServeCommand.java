package sae4j.cli;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.Parameters;
import sae4j.cli.options.SaeOption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.dashboard.PromptReader;
import sae4j.models.LanguageModel;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `sae serve`: a dashboard that reads what is typed into it.
@Command(
    name = "serve",
    sortOptions = false,
    description = {
      "Serve a dashboard to the browsers of this machine, with a prompt that any text can be typed"
          + " into: the model reads it, and the page shows which features are active on which"
          + " token.",
      ""
    },
    footer = {
      "",
      "Only this machine can connect. Ctrl-C ends it.",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae serve --sae demo"
    })
final class ServeCommand implements Callable<Integer> {
  private static final int LARGEST_PORT = 65_535;

  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SaeOption saeOption = new SaeOption();

  @Option(
      names = "--dashboard",
      paramLabel = "DIR",
      description = "Folder that sae features wrote (default: the SAE's own folder).")
  private @Nullable Path dashboard;

  @Mixin private ModelOption modelOption = new ModelOption();
  @Mixin private HookOption hookOption = new HookOption();

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "7300",
      description = "Where to listen; 0 for any free port (default: ${DEFAULT-VALUE}).")
  private int port;

  @Mixin private BackendOption backendOption = new BackendOption();

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Parameters.require(
        spec, port >= 0 && port <= LARGEST_PORT, "--port", port, "it must be from 0 to 65535");
    Path folder = dashboard == null ? saeOption.folder() : dashboard;
    if (!new DashboardFolder(folder).isWhole()) {
      throw new Failure(
          "%s: holds no dashboard; write one with: sae features --sae %s --out %s"
              .formatted(folder, saeOption.folder(), folder));
    }
    try (Backend backend = backendOption.open(console)) {
      SaeFiles.Loaded loaded = SaeFiles.load(saeOption.folder(), backend);
      try (LanguageModel model = modelOption.open(loaded.origin());
          PromptServer server =
              listen(
                  folder,
                  new PromptReader(loaded.sae(), model, hookOption.orOf(loaded.origin())))) {
        server.start();
        console.say("%s reads what is typed into the page below".formatted(model.name()));
        console.print(server.address());
        new CountDownLatch(1).await();
      }
    }
    return 0;
  }

  private PromptServer listen(Path folder, PromptReader reader) throws IOException {
    try {
      return new PromptServer(folder, reader, port);
    } catch (BindException taken) {
      throw new Failure(
          "--port: %d is in use; choose another, or 0 for any that is free".formatted(port), taken);
    }
  }
}
