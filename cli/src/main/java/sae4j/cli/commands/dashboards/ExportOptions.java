// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.Choice;
import sae4j.cli.options.types.Refusal;
import sae4j.dashboard.export.NeuronpediaExport;
import sae4j.dashboard.export.Provenance;
import sae4j.dashboard.export.SaeDashboardExport;
import sae4j.dashboard.site.DashboardFolder.Form;
import sae4j.evaluation.TokensInContext;
import sae4j.saes.Sae;

/// `--export` and `--source-set`: a dashboard in the files of other tools.
final class ExportOptions {
  private static final String NEURONPEDIA = "neuronpedia";
  private static final String SAE_DASHBOARD = "saedashboard";
  private static final String SOURCE_DATE = "SOURCE_DATE_EPOCH";

  @Option(
      names = "--export",
      paramLabel = "FORMAT",
      arity = "1..*",
      converter = FormatName.class,
      description =
          "Also write the dashboard for another tool: neuronpedia (the folders that its importer"
              + " reads, in DIR/neuronpedia; as the time at which they were made they say that of"
              + " SOURCE_DATE_EPOCH, or else 1970) or saedashboard (its batch files, in"
              + " DIR/saedashboard).")
  private List<String> exports = new ArrayList<>();

  @Option(
      names = "--source-set",
      paramLabel = "NAME",
      converter = SetName.class,
      description =
          "The name, in exports, of the set of SAEs that this one belongs to (default: sae4j-F,"
              + " with F the number of features).")
  private @Nullable String sourceSet;

  /// A tool that dashboards are written for.
  static final class FormatName extends Choice {
    private static final List<String> NAMES = List.of(NEURONPEDIA, SAE_DASHBOARD);

    FormatName() {
      super(NAMES, "possible are " + NAMES);
    }
  }

  /// A name that can be part of a file's.
  static final class SetName implements ITypeConverter<String> {
    @Override
    public String convert(String name) {
      if (!name.matches("[A-Za-z0-9_-]+")) {
        throw Refusal.of(name, "letters, digits, - and _ are possible");
      }
      return name;
    }
  }

  /// The formats that were asked for, each once.
  List<String> formats() {
    return exports.stream().distinct().toList();
  }

  /// Refuses a time that is none.
  void check(Given given) {
    given.require(
        !namesATime() || sourceDate().matches("\\d{1,11}"),
        SOURCE_DATE,
        sourceDate(),
        "it is the time that exports say they were made at, in seconds since 1970; correct it or"
            + " unset it");
  }

  private boolean namesATime() {
    return exports.contains(NEURONPEDIA);
  }

  /// The time at which exports say that they were made, as reproducible builds have it. A clock
  /// would make two files of the same SAE and text.
  ///
  /// https://reproducible-builds.org/specs/source-date-epoch/
  private static String sourceDate() {
    String given = System.getenv(SOURCE_DATE);
    return given == null || given.isEmpty() ? "0" : given;
  }

  /// What is written beside the site.
  ///
  /// @param text that the dashboard shows
  List<Form> forms(Sae sae, TokensInContext text, DashboardReading.Source source) {
    int context = Arrays.stream(text.tokens().positions()).max().orElse(0) + 1;
    String model = source.name().replaceAll(".*[/\\\\](?=.)", "").replaceAll("[^A-Za-z0-9_-]", "-");
    Provenance provenance =
        new Provenance(
            model,
            source.hook(),
            sourceSet == null ? "sae4j-" + sae.dictSize() : sourceSet,
            source.text(),
            Math.ceilDiv(text.tokens().size(), context),
            context,
            namesATime() ? Instant.ofEpochSecond(Long.parseLong(sourceDate())) : Instant.EPOCH);
    int layers =
        source.model() == null
            ? source.hook().layer() + 1
            : source.model().hookPoints().getLast().layer() + 1;
    var size = new NeuronpediaExport.ModelSize(layers, sae.outputDim());
    return formats().stream()
        .map(
            format ->
                new Form(
                    format,
                    folder ->
                        format.equals(NEURONPEDIA)
                            ? new NeuronpediaExport(folder, provenance, size)
                            : new SaeDashboardExport(folder, provenance)))
        .toList();
  }
}
