// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.saes.Architecture;
import sae4j.saes.Setting;

/// The help of `sae train`: its many options in sections, and behind them the settings that each
/// architecture has.
public final class TrainHelp {
  private static final Map<String, List<String>> SECTIONS = new LinkedHashMap<>();
  private static final String LAST = "The run";

  static {
    section(
        "What the SAE reads",
        "--activations --tensor --model --hook --text --text-field --subset --split"
            + " --chat-template --strict-text --max-unpacked --documents --context --bos"
            + " --device --buffer");
    section(
        "What the SAE is", "--architecture --features --expansion --k --set --target-hook --also");
    section(
        "What it is to preserve",
        "--objective --kl-weight --downstream-weight --downstream --local-weight");
    section("Sparsity", "--l1 --l1-warmup --l1-end --target-l0");
    section(
        "Where it begins",
        "--normalise --init-from --decoder-init --decoder-norm --tied-encoder --decoder-bias"
            + " --unit-norm-decoder --seed");
    section(
        "How it learns",
        "--steps --batch --lr --lr-warmup --lr-decay --lr-schedule --lr-cycles --adam-beta1"
            + " --adam-beta2 --adam-epsilon --clip --average");
    section("Dead features", "--dead-after --resample");
  }

  private TrainHelp() {}

  private static void section(String heading, String options) {
    SECTIONS.put(heading, List.of(options.split(" ", -1)));
  }

  /// Gives the command its sections.
  public static void install(CommandLine command) {
    command
        .getHelpSectionMap()
        .put(
            UsageMessageSpec.SECTION_KEY_OPTION_LIST,
            help -> sections(help) + settings(command.getUsageHelpWidth()));
  }

  private static String sections(Help help) {
    List<OptionSpec> left = new ArrayList<>(help.commandSpec().options());
    StringBuilder text = new StringBuilder();
    SECTIONS.forEach(
        (heading, names) -> {
          List<OptionSpec> options =
              names.stream().map(name -> help.commandSpec().findOption(name)).toList();
          left.removeAll(options);
          text.append(section(help, heading, options));
        });
    return text + section(help, LAST, left);
  }

  private static String section(Help help, String heading, List<OptionSpec> options) {
    Help.Layout layout = help.createDefaultLayout(options, List.of(), help.colorScheme());
    layout.addOptions(options, help.createDefaultParamLabelRenderer());
    return "%n%s:%n%s".formatted(heading, layout);
  }

  /// Name, usual value and meaning of every setting.
  private static String settings(int width) {
    StringBuilder text = new StringBuilder("%nSettings, for --set:%n".formatted());
    for (Architecture architecture : ArchitectureName.all()) {
      text.append("  %s%n".formatted(architecture.name()));
      for (Setting setting : architecture.settings()) {
        String name = "    %s=%s".formatted(setting.name(), setting.standard());
        text.append("%s%n".formatted(folded("%-32s %s".formatted(name, setting.meaning()), width)));
      }
    }
    return text.toString();
  }

  private static String folded(String line, int width) {
    if (line.length() <= width) {
      return line;
    }
    int end = line.lastIndexOf(' ', width);
    return line.substring(0, end)
        + System.lineSeparator()
        + " ".repeat(33)
        + line.substring(end + 1);
  }
}
