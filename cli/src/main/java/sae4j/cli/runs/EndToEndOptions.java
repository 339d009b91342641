// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.types.Choice;
import sae4j.cli.options.types.HookPointName;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.options.types.Refusal;
import sae4j.models.HookPoint;
import sae4j.models.HookPoint.Site;
import sae4j.models.LanguageModel;
import sae4j.training.endtoend.EndToEnd;

/// `--objective` and the weights of its terms: what an SAE is to preserve.
final class EndToEndOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--objective",
      paramLabel = "KIND",
      converter = ObjectiveName.class,
      defaultValue = "local",
      description =
          "What the SAE is trained to preserve. local: the activations. e2e: the model's output, by"
              + " the KL divergence of its predictions. e2e-downstream: the output, and the"
              + " activations at later hook points. The last two need --model (default:"
              + " ${DEFAULT-VALUE}).")
  private String objective = "local";

  @Option(
      names = "--kl-weight",
      paramLabel = "X",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "1",
      description = "Weight of the KL divergence, in nats per token (default: ${DEFAULT-VALUE}).")
  private double kl;

  @Option(
      names = "--downstream-weight",
      paramLabel = "X",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "1",
      description =
          "Weight of the unexplained variance at later hook points, for e2e-downstream (default:"
              + " ${DEFAULT-VALUE}).")
  private double downstream;

  @Option(
      names = "--downstream",
      paramLabel = "HOOK",
      converter = HookPointName.class,
      arity = "1..*",
      split = TextOption.BETWEEN,
      description =
          "The later hook points for e2e-downstream (default: the residual stream after every later"
              + " block).")
  private List<HookPoint> later = new ArrayList<>();

  @Option(
      names = "--local-weight",
      paramLabel = "X",
      converter = Numbers.NotNegativeReal.class,
      defaultValue = "0",
      description =
          "Weight of the unexplained variance at --hook itself, for e2e and e2e-downstream"
              + " (default: ${DEFAULT-VALUE}).")
  private double local;

  /// Whether the model's output counts.
  boolean endToEnd() {
    return !objective.equals("local");
  }

  /// The objective of an SAE at a hook.
  ///
  /// @throws picocli.CommandLine.ParameterException naming the option that cannot be
  EndToEnd at(@Nullable HookPoint hook, LanguageModel model) {
    if (hook == null || objective.equals("e2e")) {
      return new EndToEnd(kl, 0, List.of(), local);
    }
    List<HookPoint> hooks =
        later.isEmpty()
            ? model.hookPoints().stream()
                .filter(each -> each.site() == Site.RESID_POST && each.compareTo(hook) > 0)
                .toList()
            : later;
    for (HookPoint each : hooks) {
      Refusal.unless(
          each.compareTo(hook) > 0 && model.hookPoints().contains(each),
          spec,
          "--downstream",
          each,
          "choose hooks of %s behind %s".formatted(model.name(), hook));
    }
    Refusal.unless(
        !hooks.isEmpty(),
        spec,
        "--hook",
        hook,
        "no block lies behind it; use --objective e2e or an earlier hook");
    return new EndToEnd(kl, downstream, hooks, local);
  }

  /// What an SAE is trained to preserve.
  static final class ObjectiveName extends Choice {
    ObjectiveName() {
      super(List.of("local", "e2e", "e2e-downstream"));
    }
  }
}
