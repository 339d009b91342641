// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.activations.ActivationSet;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Inputs;
import sae4j.cli.terminal.ShellWord;
import sae4j.evaluation.ActivationDataset;
import sae4j.evaluation.check.QuickLook;
import sae4j.files.output.OutputFolder;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.centred.CentredModel;
import sae4j.models.heads.OneHead;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.Pairing;

/// `--allow-mismatch`: whether an SAE may be given other activations than those that it was trained
/// on. Without it, a difference of the model or of the hook point is said in a line that names
/// both. Either way an SAE of a model with centred weights is given centred activations.
public final class MismatchOption {
  /// What the option is called.
  public static final String NAME = "--allow-mismatch";

  @Option(
      names = NAME,
      description =
          "Do not warn if the SAE was trained on another model or at another hook point than those"
              + " whose activations it is given.")
  private boolean allowed;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /// Whether the user says that differences are meant.
  public boolean allowed() {
    return allowed;
  }

  /// Whether something was made of another SAE, and the user does not say that this is meant.
  ///
  /// @param sum of the SAE that it was made of, see [Inputs#sum]
  public boolean isOfAnother(String sum, Sae sae) {
    return !allowed && !sum.equals(Inputs.sum(sae));
  }

  /// A model as the SAE was trained to read it: the one given, or it with centred weights.
  ///
  /// Where the SAE's files are not this program's, and it explains nothing of a short text there,
  /// that is said, too.
  ///
  /// @param sae that is to read it
  /// @param model open; closed if this fails
  /// @param hook that is read
  /// @param target that is predicted, or null
  /// @throws ParameterException if the model has no such hook point and the user gave it
  /// @throws Failure if the model has no such hook point and the SAE's files gave it
  public LanguageModel model(
      Console console,
      SaeFiles.Loaded sae,
      LanguageModel model,
      HookPoint hook,
      @Nullable HookPoint target) {
    LanguageModel suited = suited(console, sae.origin(), model, hook, target);
    try {
      sayIfUnfit(console, sae, suited, hook, target == null ? hook : target);
      return suited;
    } catch (Throwable failure) {
      suited.close();
      throw failure;
    }
  }

  private void sayIfUnfit(
      Console console,
      SaeFiles.Loaded sae,
      LanguageModel model,
      HookPoint reads,
      HookPoint predicts) {
    if (allowed || OutputFolder.isMarked(sae.path())) {
      return;
    }
    QuickLook.at(model, reads, predicts, sae.sae())
        .filter(QuickLook::fitsNothing)
        .ifPresent(
            look ->
                console.say(
                    ("warning: on a short text the SAE explains nothing of %s at %s (explained"
                            + " variance %.2f, %.1f active features a token); sae check --sae"
                            + " %s%s%s tries how else its files can be meant")
                        .formatted(
                            model.name(),
                            predicts,
                            look.explainedVariance(),
                            look.l0(),
                            ShellWord.of(sae.path()),
                            model.name().equals(sae.origin().modelName())
                                ? ""
                                : " --model " + ShellWord.of(model.name()),
                            reads.name().equals(sae.origin().hookName())
                                ? ""
                                : " --hook " + reads)));
  }

  private LanguageModel suited(
      Console console,
      Origin trained,
      LanguageModel model,
      HookPoint hook,
      @Nullable HookPoint target) {
    try {
      HookOption.requireOfSae(model, hook, HookOption.NAME, spec);
      if (target != null) {
        HookOption.requireOfSae(model, target, TargetHookOption.NAME, spec);
      }
      Origin given =
          new Origin(model.name(), hook.name(), target == null ? null : target.name(), null);
      say(console, new Pairing(trained, given));
      Integer head = trained.headIndex();
      if (head != null) {
        console.say("the SAE was trained on head %d of %s".formatted(head, hook));
        return oneHead(model, hook, head);
      }
      if (!trained.centred()) {
        return model;
      }
      if (CentredModel.isEqualTo(model)) {
        sayCentred(console);
        return CentredModel.of(model);
      }
      console.say(
          ("the SAE was trained on a model with centred weights, but the norms of %s are"
                  + " not known to take the mean out, so its activations are read as they are")
              .formatted(model.name()));
      return model;
    } catch (Throwable failure) {
      model.close();
      throw failure;
    }
  }

  /// A model of which one head is seen; see [OneHead#of].
  ///
  /// @throws Failure if the hook point has no heads, or not so many
  public static LanguageModel oneHead(LanguageModel model, HookPoint hook, int head) {
    try {
      return OneHead.of(model, hook, head);
    } catch (IllegalArgumentException none) {
      throw new Failure("the SAE was trained on " + none.getMessage() + "; give its own model");
    }
  }

  /// Stored activations as the SAE was trained to read them.
  ///
  /// @param trained what the SAE's files say
  /// @param target that is predicted, or null
  public ActivationSet activations(
      Console console, Origin trained, ActivationDataset stored, @Nullable HookPoint target)
      throws IOException {
    Pairing pairing =
        new Pairing(
            trained, target == null ? stored.origin() : stored.origin().predicting(target.name()));
    say(console, pairing);
    if (!trained.centred()) {
      return stored;
    }
    if (pairing.hasLayerNormByName()) {
      sayCentred(console);
      return stored.centred();
    }
    console.say(
        ("the SAE was trained on a model with centred weights, but it is not known"
                + " whether %s has layer norms, so activations are read as they are; give --model"
                + " and --text to have that looked at")
            .formatted(trained.modelName() == null ? "that model" : trained.modelName()));
    return stored;
  }

  private void say(Console console, Pairing pairing) {
    if (!allowed) {
      pairing
          .differences()
          .forEach(
              line ->
                  console.say(
                      "warning: %s; if that is meant, say so with %s".formatted(line, NAME)));
    }
  }

  private static void sayCentred(Console console) {
    console.say(
        "the SAE was trained on a model with centred weights, so each activation is read less its"
            + " mean");
  }
}
