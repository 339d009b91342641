// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.types.Choice;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
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
      converter = BackendName.class,
      description =
          "The backend that computes: a name that sae backends lists, or auto for the fastest one"
              + " that can run here (default: ${DEFAULT-VALUE}). Language models run on the CPU"
              + " whatever the backend.")
  private String name = "auto";

  @Option(
      names = "--threads",
      paramLabel = "T",
      converter = Numbers.Threads.class,
      description =
          "CPU threads to use (default: one for each processor). The result does not depend on"
              + " their number.")
  private int threads = Math.min(1024, Runtime.getRuntime().availableProcessors());

  @Option(
      names = "--precision",
      paramLabel = "fp32|tf32",
      defaultValue = "fp32",
      converter = PrecisionName.class,
      description =
          "The precision of matrix products: fp32, or tf32 on NVIDIA GPUs with --backend tornadovm"
              + " (default: ${DEFAULT-VALUE}).")
  private String precision = "fp32";

  /// The number of CPU threads.
  public int threads() {
    return threads;
  }

  /// The name as given.
  public String name() {
    return name;
  }

  /// `auto`, or the name of a backend, whether or not it can run here.
  static final class BackendName extends Choice {
    /// Looked for once: every command has this option.
    private static final List<String> NAMES =
        Stream.concat(Stream.of("auto"), Backends.providers().stream().map(BackendProvider::name))
            .toList();

    BackendName() {
      super(NAMES, "choose %s; see: sae backends".formatted(String.join(", ", NAMES)));
    }
  }

  /// `fp32` or `tf32`.
  static final class PrecisionName extends Choice {
    PrecisionName() {
      super(List.of("fp32", "tf32"), "choose fp32 or tf32");
    }

    @Override
    public String convert(String word) {
      try {
        return super.convert(word);
      } catch (Refusal unknown) {
        throw Refusal.of("'" + word + "'", "choose fp32 or tf32");
      }
    }
  }

  private Backend open(BackendProvider provider) {
    if (precision.equals("fp32")) {
      return provider.open(threads);
    }
    try {
      return provider.open(threads, Precision.TF32);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(spec.commandLine(), unknown.getMessage(), unknown);
    }
  }

  /// Opens the backend. For `auto` it says which one that is, and why.
  ///
  /// @throws IllegalStateException if it cannot run here
  public Backend open(Console console) {
    BackendProvider provider = Backends.provider(name);
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
      Backends.slowBecause(provider, Backends.providers()).ifPresent(console::say);
    } else {
      console.say("backend %s: %s".formatted(backend.name(), backend.description()));
    }
    return backend;
  }
}
