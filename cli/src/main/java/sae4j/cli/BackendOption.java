package sae4j.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.BackendProvider.Availability.Available;
import sae4j.tensor.Backends;

/// `--backend`: which backend computes. A backend that was named is never replaced by another.
public final class BackendOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "What computes: a name that 'sae backends' lists, or auto, the fastest one available"
              + " (default: ${DEFAULT-VALUE}).")
  private String name = "auto";

  @Option(
      names = "--threads",
      paramLabel = "T",
      description =
          "CPU threads to use (default: one for each processor). The result is the same for any"
              + " number.")
  private int threads = Runtime.getRuntime().availableProcessors();

  /// The number of CPU threads.
  public int threads() {
    return threads;
  }

  /// The name as given.
  public String name() {
    return name;
  }

  /// Opens the backend. For `auto` it says which one that is, and why.
  ///
  /// @throws ParameterException if there is none of that name
  /// @throws IllegalStateException if it cannot run here
  public Backend open(Console console) {
    Parameters.require(spec, threads >= 1, "--threads", threads, "it must be 1 or more");
    BackendProvider provider;
    try {
      provider = Backends.provider(name);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(), unknown.getMessage() + "; see: sae backends", unknown);
    }
    Backend backend = provider.open(threads);
    if (name.equals("auto")) {
      long available =
          Backends.providers().stream()
              .filter(each -> each.availability() instanceof Available)
              .count();
      console.say(
          "backend %s: %s (auto: %s)"
              .formatted(
                  backend.name(),
                  backend.description(),
                  available == 1
                      ? "the only one available here"
                      : "the fastest of " + available + " available here"));
    } else {
      console.say("backend %s: %s".formatted(backend.name(), backend.description()));
    }
    return backend;
  }
}
