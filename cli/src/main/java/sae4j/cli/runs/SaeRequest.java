// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.HookOption;
import sae4j.cli.options.TargetHookOption;
import sae4j.cli.options.TextOption;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.PathName;
import sae4j.cli.options.types.QuotedWords;
import sae4j.cli.options.types.Refusal;
import sae4j.files.hub.HubName;
import sae4j.models.HookPoint;
import sae4j.saes.Architectures;
import sae4j.training.TrainingOptions;

/// `--hook`, `--target-hook`, `--out` and the training parameters: one SAE of a run.
@Command(name = "--also")
final class SaeRequest {
  /// Options that say how a run is gone about, not what it is.
  private static final List<String> OF_THIS_CALL =
      List.of("--out", "--resume", "--json", "--help", "--version", "--stacktrace");

  private static final List<String> PATHS = List.of("--out", "--init-from");

  private List<String> words = List.of();

  /// The words as they were typed, and the command that they were typed for; none for the first
  /// SAE, whose options are the command's own.
  private String typed = "";

  private @Nullable CommandSpec typedFor;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private HookOption.OfTraining hookOption = new HookOption.OfTraining();
  @Mixin private TrainingParameters parameters = new TrainingParameters();

  @Mixin private TargetHookOption targetHook = new TargetHookOption();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the run and the trained SAE.")
  private Path out = Path.of("");

  @Option(
      names = "--init-from",
      paramLabel = "DIR",
      description =
          "Begin with what a trained SAE computes, whatever it was normalised by and in any format."
              + " What cannot be taken over, such as another k, is refused by name (default: random"
              + " weights).")
  private @Nullable Path beginFrom;

  /// The trained SAE to begin from, or null.
  @Nullable Path beginFrom() {
    return beginFrom;
  }

  /// The hook point that is read; null where there is but one.
  @Nullable HookPoint hook() {
    return hookOption.given();
  }

  /// The hook point that a transcoder predicts; null for any other SAE, which reconstructs what it
  /// reads.
  ///
  /// @param command whose user is told
  /// @throws ParameterException if it is missing, or given to another
  @Nullable HookPoint targetHook(CommandSpec command) {
    String architecture = parameters.architecture();
    boolean transcoder = !Architectures.named(architecture).reconstructsInput();
    HookPoint target = targetHook.given();
    if (transcoder == (target == null)) {
      throw quoted(
          new ParameterException(
              command.commandLine(),
              transcoder
                  ? "--target-hook is missing; name the hook point that the transcoder is to"
                      + " predict"
                  : ("--target-hook is %s; leave it out, or take --architecture transcoder: %s"
                          + " reconstructs what it reads")
                      .formatted(target, architecture)));
    }
    return target;
  }

  /// How it is trained, on activations of a width.
  ///
  /// @throws ParameterException naming the option and its value, if one cannot be
  TrainingOptions options(int width) {
    try {
      return parameters.options(width);
    } catch (ParameterException cannotBe) {
      throw quoted(cannotBe);
    }
  }

  /// Checks the options that say what it is.
  ///
  /// @param of this SAE's command line
  /// @throws ParameterException naming the option that has no effect or cannot be
  void check(CommandSpec of) {
    TrainingRules.checkSae(new Given(of), parameters.settings());
    parameters.requireSize();
  }

  /// Where it is kept.
  Path out() {
    return out;
  }

  /// Reads the options of a further SAE; those it does not give are those of the first.
  ///
  /// @param words as on a command line
  /// @param first the first SAE's values by option
  /// @throws ParameterException quoting the words, if they are not understood
  static SaeRequest parse(String words, Map<String, String> first, CommandSpec command) {
    SaeRequest request = new SaeRequest();
    CommandLine commandLine = new CommandLine(request).setExpandAtFiles(false);
    commandLine.registerConverter(Path.class, new PathName());
    List<String> given = QuotedWords.split(words);
    request.words = given;
    request.typed = words;
    request.typedFor = command;
    boolean reconstructs = words.matches(".*--architecture[ =](?!transcoder).*");
    boolean sized = given.stream().anyMatch(word -> word.matches("--(features|expansion)(=.*)?"));
    commandLine.setDefaultValueProvider(
        argument ->
            argument instanceof OptionSpec option
                    && !option.longestName().equals("--out")
                    && !(reconstructs && option.longestName().equals("--target-hook"))
                    && !(sized && option.longestName().matches("--(features|expansion)"))
                ? first.get(option.longestName())
                : null);
    try {
      commandLine.parseArgs(given.toArray(String[]::new));
      request.check(request.spec);
      return request;
    } catch (ParameterException notUnderstood) {
      throw request.quoted(notUnderstood);
    }
  }

  /// As the user of the command is to be told.
  private ParameterException quoted(ParameterException wrong) {
    return typedFor == null
        ? wrong
        : new ParameterException(
            typedFor.commandLine(), "%s: %s".formatted(asTyped(), Refusal.line(wrong)), wrong);
  }

  /// What the user typed to ask for this further SAE.
  String asTyped() {
    return "--also '%s'".formatted(typed);
  }

  /// Its own command line, parsed.
  CommandSpec spec() {
    return spec;
  }

  /// The words that [#parse] was given, with paths that mean the same in any folder.
  String asWords() {
    List<String> absolute = new ArrayList<>();
    String before = "";
    for (String word : words) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? "" : word.substring(0, equals);
      absolute.add(
          PATHS.contains(before)
              ? absolute(word)
              : PATHS.contains(name) ? name + "=" + absolute(word.substring(equals + 1)) : word);
      before = word;
    }
    return QuotedWords.join(absolute);
  }

  /// What stands on the hub has the same name everywhere.
  private static String absolute(String path) {
    return HubName.hasScheme(path) ? path : Path.of(path).toAbsolutePath().toString();
  }

  /// The values of this SAE's own options.
  Map<String, String> values() {
    return valuesOf(spec);
  }

  /// The values of a command's options, as its default values would be written.
  static Map<String, String> valuesOf(CommandSpec spec) {
    Map<String, String> values = new LinkedHashMap<>();
    for (OptionSpec option : spec.options()) {
      Object value = option.getValue();
      if (value != null && !OF_THIS_CALL.contains(option.longestName())) {
        String text = text(value);
        if (!text.isEmpty()) {
          values.put(option.longestName(), text);
        }
      }
    }
    return values;
  }

  private static String text(Object value) {
    return switch (value) {
      case Map<?, ?> settings -> {
        Map<String, String> sorted = new TreeMap<>();
        settings.forEach((name, setting) -> sorted.put(name.toString(), setting.toString()));
        yield String.join(
            " ", sorted.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
      }
      case Collection<?> several ->
          String.join(TextOption.BETWEEN, several.stream().map(SaeRequest::text).toList());
      case Path path -> absolute(path.toString());
      case Enum<?> choice -> choice.name().toLowerCase(Locale.ROOT); // as it is typed
      default -> value.toString();
    };
  }
}
