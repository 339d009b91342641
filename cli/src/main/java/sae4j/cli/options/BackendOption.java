package sae4j.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.terminal.Console;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.BackendProvider.Availability.Available;
import sae4j.tensor.Backends;
import sae4j.tensor.Precision;

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

  @Option(
      names = "--precision",
      paramLabel = "fp32|tf32",
      defaultValue = "fp32",
      description =
          "How matrices are multiplied: fp32, single precision, or tf32, on NVIDIA GPUs with"
              + " --backend tornadovm (default: ${DEFAULT-VALUE}).")
  private String precision = "fp32";

  /// The number of CPU threads.
  public int threads() {
    return threads;
  }

  /// The name as given.
  public String name() {
    return name;
  }

  private Backend open(BackendProvider provider) {
    return switch (precision) {
      case "fp32" -> provider.open(threads);
      case "tf32" -> {
        try {
          yield provider.open(threads, Precision.TF32);
        } catch (IllegalArgumentException unknown) {
          throw new ParameterException(spec.commandLine(), unknown.getMessage(), unknown);
        }
      }
      default ->
          throw new ParameterException(
              spec.commandLine(), "--precision is '%s': choose fp32 or tf32".formatted(precision));
    };
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
    Backend backend = open(provider);
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
