package sae4j.cli.runs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.Parameters;
import sae4j.models.HookPoint;
import sae4j.models.HookPoint.Site;
import sae4j.models.LanguageModel;
import sae4j.training.endtoend.EndToEnd;

/// `--objective` and the weights of its terms: what an SAE is to preserve.
final class EndToEndOptions {
  private static final List<String> OBJECTIVES = List.of("local", "e2e", "e2e-downstream");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--objective",
      paramLabel = "KIND",
      defaultValue = "local",
      description =
          "What the SAE is to preserve: local, the activations; e2e, the model's output (the"
              + " divergence KL of its predictions); e2e-downstream, the output and the activations"
              + " at later hooks. The last two need --model (default: ${DEFAULT-VALUE}).")
  private String objective = "local";

  @Option(
      names = "--kl-weight",
      paramLabel = "X",
      defaultValue = "1",
      description = "Weight of the divergence, in nats a token (default: ${DEFAULT-VALUE}).")
  private double kl;

  @Option(
      names = "--downstream-weight",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "Weight of the unexplained variance at later hooks, with e2e-downstream (default:"
              + " ${DEFAULT-VALUE}).")
  private double downstream;

  @Option(
      names = "--downstream",
      paramLabel = "HOOK",
      arity = "1..*",
      split = "\n",
      description = "Those hooks (default: the residual stream behind every later block).")
  private List<String> later = new ArrayList<>();

  @Option(
      names = "--local-weight",
      paramLabel = "X",
      defaultValue = "0",
      description =
          "Weight of the unexplained variance of the activations themselves beside the others"
              + " (default: ${DEFAULT-VALUE}).")
  private double local;

  /// Whether the model's output counts.
  ///
  /// @throws picocli.CommandLine.ParameterException if there is no such objective
  boolean endToEnd() {
    Parameters.require(
        spec,
        OBJECTIVES.contains(objective),
        "--objective",
        objective,
        "choose " + String.join(", ", OBJECTIVES));
    return !objective.equals("local");
  }

  /// The objective of an SAE at a hook.
  ///
  /// @throws picocli.CommandLine.ParameterException naming the option that cannot be
  EndToEnd at(@Nullable HookPoint hook, LanguageModel model) {
    atLeast0("--kl-weight", kl);
    atLeast0("--downstream-weight", downstream);
    atLeast0("--local-weight", local);
    if (hook == null || objective.equals("e2e")) {
      return new EndToEnd(kl, 0, List.of(), local);
    }
    List<HookPoint> hooks =
        later.isEmpty()
            ? model.hookPoints().stream()
                .filter(each -> each.site() == Site.RESID_POST && each.compareTo(hook) > 0)
                .toList()
            : later.stream().map(name -> HookOption.parse(spec, "--downstream", name)).toList();
    for (HookPoint each : hooks) {
      Parameters.require(
          spec,
          each.compareTo(hook) > 0 && model.hookPoints().contains(each),
          "--downstream",
          each,
          "choose hooks of %s behind %s".formatted(model.name(), hook));
    }
    Parameters.require(
        spec,
        !hooks.isEmpty(),
        "--hook",
        hook,
        "no block lies behind it; use --objective e2e or an earlier hook");
    return new EndToEnd(kl, downstream, hooks, local);
  }

  private void atLeast0(String option, double value) {
    Parameters.require(
        spec, Double.isFinite(value) && value >= 0, option, value, "it must be 0 or more");
  }
}
