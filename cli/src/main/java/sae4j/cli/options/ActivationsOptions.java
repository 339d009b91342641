// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.capture.CapturedShards;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.terminal.Failure;
import sae4j.evaluation.ActivationDataset;
import sae4j.models.HookPoint;
import sae4j.saes.weights.Origin;

/// `--activations` and `--tensor`: a matrix with a row for each token, in a file or captured.
public final class ActivationsOptions {
  /// What the option is called.
  public static final String NAME = "--activations";

  /// Which options need which, where a command takes activations or lets a model read a text.
  public static final Applicability OR_A_TEXT =
      Applicability.table()
          .only(Condition.with(NAME), "--tensor")
          .only(
              Condition.with("--model", "--text"),
              "--documents",
              "--max-tokens",
              ContextOption.NAME,
              "--bos",
              "--device")
          .only(Condition.with(NAME, "--model", "--text"), HookOption.NAME, "--allow-mismatch")
          .and(TextOption.OF_A_TEXT);

  @Option(
      names = NAME,
      paramLabel = "PATH",
      description =
          "Activations, a row for each token: a folder that sae capture wrote, or a safetensors,"
              + " npy or npz file with F64, F32, F16 or BF16 numbers.")
  private @Nullable Path file;

  @Option(
      names = "--tensor",
      paramLabel = "NAME",
      description = "The matrix to read, if the file holds several.")
  private @Nullable String tensor;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /// The file.
  ///
  /// @throws ParameterException if none was given
  public Path file() {
    if (file == null) {
      throw new ParameterException(
          spec.commandLine(), "the activations are missing; give --activations FILE");
    }
    return file;
  }

  /// The matrix that was asked for, if one was.
  public @Nullable String tensor() {
    return tensor;
  }

  /// Whether a file was given.
  public boolean given() {
    return file != null;
  }

  /// Refuses activations beside a text that a model reads: they would be two answers to one
  /// question.
  ///
  /// @param textOrModel whether a text or a model was given
  /// @throws ParameterException if both were
  public void requireNotBeside(boolean textOrModel) {
    if (given() && textOrModel) {
      throw new ParameterException(
          spec.commandLine(), "--activations is given beside --model or --text; give one of them");
    }
  }

  /// Opens the matrix. Its numbers are checked when they are read.
  ///
  /// @param hook which hook of a capture; null where none was named
  /// @throws IOException if it cannot be read
  public ActivationDataset open(@Nullable HookPoint hook) throws IOException {
    requireMeaning(hook);
    return said(ActivationDataset.open(file(), tensor, hook));
  }

  /// As [#open], but a file is looked through as a whole. A capture was, when it was written.
  ///
  /// @param hook which hook of a capture; null where none was named
  /// @throws sae4j.files.FormatException if a number is NaN or infinite, by row and column
  public ActivationDataset openFinite(@Nullable HookPoint hook) throws IOException {
    requireMeaning(hook);
    return said(ActivationDataset.openFinite(file(), tensor, hook));
  }

  /// As [#openFinite(HookPoint)], for an SAE: where no hook is named, the one that it was trained
  /// at, if that is captured.
  ///
  /// @throws Failure if the SAE is one of a single head
  public ActivationDataset openFinite(@Nullable HookPoint hook, Origin trained) throws IOException {
    Integer head = trained.headIndex();
    if (head != null) {
      throw new Failure(
          ("the SAE was trained on head %d of %s, and stored activations hold all heads; give"
                  + " --model and --text")
              .formatted(head, trained.hookName()));
    }
    return openFinite(hook != null ? hook : captured(trained.hookName()));
  }

  /// Refuses activations that an SAE does not take.
  ///
  /// @param width of what the SAE takes
  /// @param sae what to call it: `the SAE in runs/one`
  /// @throws Failure if they are of another width
  public void requireWidth(ActivationDataset given, int width, String sae) {
    if (given.width() != width) {
      throw new Failure(
          ("%s: activations are %d wide but %s takes %d; give those of the hook point it was"
                  + " trained on")
              .formatted(file(), given.width(), sae, width));
    }
  }

  private @Nullable HookPoint captured(@Nullable String hook) throws IOException {
    if (hook == null || !CapturedShards.isCapture(file())) {
      return null;
    }
    return CapturedShards.hooks(file()).contains(hook) ? HookPoint.parse(hook) : null;
  }

  /// What is measured on a part of a text should not pass for the whole.
  private ActivationDataset said(ActivationDataset opened) {
    if (opened instanceof ActivationDataset.OfCapture capture
        && !capture.shards().manifest().complete()) {
      spec.commandLine()
          .getErr()
          .println(
              ("%s: the capture was stopped before its end, and has %,d rows; the same sae capture"
                      + " command goes on")
                  .formatted(file(), opened.rows()));
    }
    return opened;
  }

  /// A capture has hook points, a file has matrices; the other word would change nothing.
  private void requireMeaning(@Nullable HookPoint hook) {
    Path path = file();
    if (CapturedShards.isCapture(path)) {
      Refusal.unless(
          tensor == null,
          spec,
          "--tensor",
          String.valueOf(tensor),
          "%s is a capture; choose its hook point with %s".formatted(path, HookOption.NAME));
    } else if (Files.isRegularFile(path)) {
      Refusal.unless(
          hook == null,
          spec,
          HookOption.NAME,
          String.valueOf(hook),
          "%s is a file, which has no hook points; leave it out".formatted(path));
    }
  }
}
