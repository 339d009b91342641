// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.ContextOption;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.MismatchOption;
import sae4j.cli.options.ModelOption;
import sae4j.cli.options.SaeOption;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Inputs;
import sae4j.cli.terminal.ShellWord;
import sae4j.dashboard.PromptReader;
import sae4j.dashboard.site.DashboardFolder;
import sae4j.dashboard.site.ShownSae;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.tensor.Backend;

/// `sae serve`: a dashboard that reads what is typed into it.
@Command(
    name = "serve",
    sortOptions = false,
    description = {
      "Serve a dashboard to the browsers of this machine. The model reads any text that is typed"
          + " into the page, and the page shows which features are active on which token.",
      ""
    },
    footer = {
      "",
      "Only this machine can connect, and only with the address that is printed, which is another"
          + " one each time. Ctrl-C ends it.",
      "",
      "Example:",
      "  sae demo --out demo",
      "  sae serve --sae demo"
    })
public final class ServeCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private SaeOption saeOption = new SaeOption();

  @Option(
      names = "--dashboard",
      paramLabel = "DIR",
      description =
          "The folder that sae features wrote (default: the folder of the SAE). A dashboard of"
              + " another SAE is refused without --allow-mismatch.")
  private @Nullable Path dashboard;

  @Mixin private ModelOption.OfSae modelOption = new ModelOption.OfSae();
  @Mixin private ContextOption context = new ContextOption();
  @Mixin private HookOption.OfSae hookOption = new HookOption.OfSae();
  @Mixin private MismatchOption mismatch = new MismatchOption();

  @Option(
      names = "--port",
      paramLabel = "N",
      converter = Numbers.Port.class,
      defaultValue = "7300",
      description = "The port to listen on, or 0 for any free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Mixin private BackendOption backendOption = new BackendOption();

  /// @param console where it speaks
  public ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = dashboard == null ? saeOption.path() : dashboard;
    try (Backend backend = backendOption.open(console)) {
      SaeFiles.Loaded loaded = saeOption.load(backend);
      if (!new DashboardFolder(folder).isWhole()) {
        throw new Failure(
            "%s: holds no dashboard; write one with: %s".formatted(folder, writing(folder)));
      }
      requireShown(folder, loaded.sae());
      HookPoint hook = hookOption.orOf(loaded.origin());
      try (LanguageModel model =
              mismatch.model(console, loaded, modelOption.open(loaded.origin()), hook, null);
          PromptServer server =
              listen(
                  folder,
                  new PromptReader(
                      loaded.sae(), model, hook, context.of(model, loaded.origin())))) {
        server.start();
        console.say("%s reads what is typed into the page below".formatted(model.name()));
        console.print(server.address());
        new CountDownLatch(1).await();
      }
    }
    return 0;
  }

  /// The page would show the codes of one SAE under the features of another.
  private void requireShown(Path folder, Sae sae) throws IOException {
    Optional<ShownSae> shown = new DashboardFolder(folder).shownSae();
    if (shown.isEmpty()) {
      console.say(
          ("%s: does not say which SAE its features are of, so it cannot be compared with --sae %s;"
                  + " a dashboard that says it is written with: %s")
              .formatted(folder, saeOption.path(), writing(folder)));
      return;
    }
    if (mismatch.isOfAnother(shown.get().sum(), sae)) {
      throw new Failure(
          ("%s: shows the features of another SAE (%s, sum %s) than --sae %s (sum %s); give that"
                  + " one, write a dashboard of this one with: %s or, if it is meant, say so with"
                  + " %s")
              .formatted(
                  folder,
                  shown.get().path(),
                  shown.get().sum(),
                  saeOption.path(),
                  Inputs.sum(sae),
                  writing(folder),
                  MismatchOption.NAME));
    }
  }

  /// The line that writes the dashboard of the SAE.
  private String writing(Path folder) {
    return "sae features --sae %s --out %s%s%s"
        .formatted(
            ShellWord.of(saeOption.path()),
            ShellWord.of(folder),
            modelOption.asWords(),
            hookOption.asWords());
  }

  private PromptServer listen(Path folder, PromptReader reader) throws IOException {
    try {
      return new PromptServer(folder, reader::read, port);
    } catch (BindException taken) {
      throw new Failure(
          "--port: %d is in use; choose another, or 0 for any that is free".formatted(port), taken);
    }
  }
}
