// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.inputs.SaeFile;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.models.HookPoint;
import sae4j.saes.Hooks;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;

/// `--sae`: a trained SAE in any format of [sae4j.saes.formats.SaeFormats], such as `sae train`
/// leaves in its `--out`.
public final class SaeOption {
  @Option(
      names = "--sae",
      paramLabel = "PATH",
      required = true,
      description =
          "A trained SAE: the folder that sae train wrote, or files of SAELens,"
              + " dictionary_learning, sparsify, OpenAI, Gemma Scope or Llama Scope, also on the"
              + " hub: hf://OWNER/NAME/PATH, or by a name that sae suites lists.")
  private Path path = Path.of("");

  private boolean assumptionsSaid;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /// Where it is.
  public Path path() {
    return path;
  }

  /// Reads an SAE of one hook point, and what its files say about where it was trained. What they
  /// leave open is said once.
  ///
  /// @throws Failure if the SAE reads several hook points
  public SaeFiles.Loaded load(Backend backend) throws IOException {
    SaeFiles.Loaded loaded = load(backend, false);
    requireOneHook(path, loaded.sae().hooks());
    return loaded;
  }

  /// A hook point that an SAE's files name.
  ///
  /// @param path where the SAE is
  /// @throws Failure if there is none of that name
  public static HookPoint hook(Path path, String name) {
    try {
      return HookPoint.parse(name);
    } catch (IllegalArgumentException unknown) {
      throw new Failure("%s: %s".formatted(path, unknown.getMessage()), unknown);
    }
  }

  /// Refuses an SAE of several hook points, for a command that reads one.
  ///
  /// @param path where the SAE is
  public static void requireOneHook(Path path, Hooks hooks) {
    if (hooks.several()) {
      throw new Failure(
          ("%s: the SAE reads %d hook points at once, and this command reads one; such an SAE is"
                  + " for sae info, sae convert and sae eval --activations")
              .formatted(path, hooks.inputs().size()));
    }
  }

  /// What the files say, apart from any backend. What they leave open is said once.
  ///
  /// @param transcoder whether the user says that it is one
  public SaeWeights weights(boolean transcoder) throws IOException {
    Console console = Console.of(spec);
    SaeWeights read = SaeFile.of(console, path).read();
    SaeWeights weights = transcoder ? read.asTranscoder() : read;
    sayOnce(console, weights.assumptions());
    return weights;
  }

  /// As [#load(Backend)], also an SAE of several hook points.
  ///
  /// @param transcoder whether the user says that it is one
  public SaeFiles.Loaded load(Backend backend, boolean transcoder) throws IOException {
    return SaeFiles.loaded(path, weights(transcoder), backend);
  }

  private void sayOnce(Console console, List<String> assumptions) {
    if (!assumptionsSaid) {
      console.sayAssumed(path, assumptions);
      assumptionsSaid = true;
    }
  }
}
