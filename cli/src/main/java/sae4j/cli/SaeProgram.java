// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import sae4j.cli.commands.BackendsCommand;
import sae4j.cli.commands.BenchCommand;
import sae4j.cli.commands.CaptureCommand;
import sae4j.cli.commands.CheckCommand;
import sae4j.cli.commands.ConvertCommand;
import sae4j.cli.commands.DemoCommand;
import sae4j.cli.commands.EvalCommand;
import sae4j.cli.commands.HubCommand;
import sae4j.cli.commands.InfoCommand;
import sae4j.cli.commands.InspectCommand;
import sae4j.cli.commands.InterveneCommand;
import sae4j.cli.commands.SteerCommand;
import sae4j.cli.commands.SuitesCommand;
import sae4j.cli.commands.article.ArticleCommand;
import sae4j.cli.commands.dashboards.FeaturesCommand;
import sae4j.cli.commands.dashboards.ServeCommand;
import sae4j.cli.commands.truth.SynthCommand;
import sae4j.cli.commands.truth.ToyCommand;
import sae4j.cli.commands.truth.TruthCommand;
import sae4j.cli.options.rules.CommandLineCheck;
import sae4j.cli.options.rules.SizeOptions;
import sae4j.cli.options.types.OldSpellings;
import sae4j.cli.options.types.PathName;
import sae4j.cli.options.types.Refusal;
import sae4j.cli.process.Interruption;
import sae4j.cli.process.StandardError;
import sae4j.cli.process.SuddenEnd;
import sae4j.cli.runs.TrainCommand;
import sae4j.cli.runs.TrainHelp;
import sae4j.cli.sweeps.SweepCommand;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.ErrorLine;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Version;

/// `sae`, the program: finds the command, runs it, and turns what goes wrong into one line and an
/// exit code: 2 for a command line that makes no sense, 1 for work that failed, 130 after Ctrl-C.
@Command(
    name = "sae",
    versionProvider = Version.class,
    description =
        "Sparse autoencoders on the JVM: train them, judge them, look at their features, steer with"
            + " them.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Example:",
      "  sae demo",
      "      a language model reads Java, an SAE learns from it, and its features are shown;"
          + " nothing to prepare"
    })
public final class SaeProgram implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  // picocli reads it from the specification
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  // picocli reads it from the specification
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  private boolean version;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "On failure, also show where in the program it happened.")
  private boolean stacktrace;

  private SaeProgram() {}

  /// Runs the program and ends the process.
  public static void main(String[] arguments) {
    StandardError.takeBack();
    SuddenEnd.onSignals();
    Locale.setDefault(Locale.ROOT); // numbers look the same for everybody
    System.exit(Interruption.code(run(Console.ofProcess(), arguments)));
  }

  /// Runs the program.
  ///
  /// @return the exit code
  public static int run(Console console, String... arguments) {
    return run(console, new CommandLine.RunLast(), arguments);
  }

  /// Runs the program up to the point where a command begins to work: parses and checks.
  ///
  /// @return the exit code; 0 for a command line that makes sense
  static int check(Console console, String... arguments) {
    return run(console, parsed -> 0, arguments);
  }

  private static int run(Console console, IExecutionStrategy work, String... arguments) {
    try {
      CommandLine commands = commandLine(console, asked(arguments));
      commands.setExecutionStrategy(
          parsed -> {
            Integer helped = CommandLine.executeHelpRequest(parsed);
            if (helped != null) {
              return helped;
            }
            CommandLineCheck.of(parsed);
            return inMemory(parsed, work);
          });
      int code = commands.execute(withWordsOfAlso(arguments));
      return console.lost().isPresent() ? resultLost(console, code) : code;
    } catch (OutOfMemoryError memory) {
      console.say("sae: %s".formatted(ErrorLine.of(memory)));
      return 1;
    }
  }

  /// The words of a further SAE may begin with an option and `=`. picocli would take them for that
  /// option of the command, so the first `=` becomes the blank that may stand there as well.
  private static String[] withWordsOfAlso(String... arguments) {
    String[] words = arguments.clone();
    for (int i = 0; i < words.length; i++) {
      boolean follows = i > 0 && words[i - 1].equals("--also");
      String before = words[i].startsWith("--also=") ? "--also=" : "";
      String value = words[i].substring(before.length());
      if ((follows || !before.isEmpty()) && value.matches("(?s)--?[A-Za-z0-9-]+=.*")) {
        words[i] = before + value.replaceFirst("=", " ");
      }
    }
    return words;
  }

  /// An error would pass by what tells of exceptions, which knows the command.
  private static int inMemory(ParseResult parsed, IExecutionStrategy work) {
    try {
      return work.execute(parsed);
    } catch (OutOfMemoryError memory) {
      CommandLine command = parsed.asCommandLineList().getLast();
      throw new ExecutionException(
          command,
          "out of memory",
          new Failure(ErrorLine.of(memory, SizeOptions.of(command.getCommandSpec())), memory));
    } catch (StackOverflowError | LinkageError error) {
      throw new ExecutionException(
          parsed.asCommandLineList().getLast(),
          "an error",
          new Failure(
              error instanceof StackOverflowError
                  ? "what it reads is nested too deep for the stack; give a larger one with"
                      + " SAE_JAVA_OPTS=-Xss64m, or another input"
                  : unloadable(error),
              error));
    }
  }

  /// Native code is unpacked into the temporary folder before it is loaded.
  private static String unloadable(Error error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", ""));
    return "code that it needs cannot be loaded (%s); %s"
        .formatted(
            root.getMessage() == null ? root : root.getMessage().lines().findFirst().orElse(""),
            Files.isDirectory(temporary) && Files.isWritable(temporary)
                ? "--stacktrace shows where"
                : "the temporary folder %s cannot be written: give another one with"
                        .formatted(temporary)
                    + " SAE_JAVA_OPTS=-Djava.io.tmpdir=DIR");
  }

  /// A reader that has seen enough, as `head` has, needs no word; a full disk does.
  private static int resultLost(Console console, int code) {
    String reason = console.lost().orElseThrow();
    if (!reason.contains("Broken pipe")) {
      console.say("sae: the result could not be written to standard output: %s".formatted(reason));
    }
    return code == 0 ? 1 : code;
  }

  /// The program and its commands.
  static CommandLine commandLine(Console console) {
    return commandLine(console, COMMANDS);
  }

  /// The command that is asked for, which is several times sooner ready than all of them; all,
  /// where none of that name is.
  private static List<Class<?>> asked(String... arguments) {
    return COMMANDS.stream()
        .filter(
            each ->
                arguments.length > 0
                    && each.getAnnotation(Command.class).name().equals(arguments[0]))
        .findFirst()
        .<List<Class<?>>>map(List::of)
        .orElse(COMMANDS);
  }

  private static CommandLine commandLine(Console console, List<Class<?>> available) {
    SaeProgram program = new SaeProgram();
    CommandLine commands = new CommandLine(program, withConsole(console));
    for (Class<?> command : available) {
      commands.addSubcommand(command);
    }
    commands.getSubcommands().values().forEach(OldSpellings::teach);
    lettersAreLetters(commands);
    commands.registerConverter(Path.class, new PathName());
    commands.setOut(console.out());
    commands.setErr(console.err());
    commands.setUsageHelpWidth(Math.clamp(console.columns(), 80, 110));
    commands.setUsageHelpAutoWidth(false);
    CommandLine train = commands.getSubcommands().get("train");
    if (train != null) {
      TrainHelp.install(train);
    }
    commands.setParameterExceptionHandler((wrong, given) -> usageError(console, wrong));
    commands.setExecutionExceptionHandler(
        (failure, command, given) -> failed(console, failure, command, program.stacktrace));
    return commands;
  }

  /// A quote in a value is a part of it, and so is an @ at its beginning, which would else stand
  /// for the words of a file.
  // picocli knows no other switch
  @SuppressWarnings("deprecation")
  private static void lettersAreLetters(CommandLine commands) {
    commands.setSplitQuotedStrings(true);
    commands.setExpandAtFiles(false);
  }

  /// In the order in which help lists them.
  private static final List<Class<?>> COMMANDS =
      List.of(
          DemoCommand.class,
          ArticleCommand.class,
          CaptureCommand.class,
          TrainCommand.class,
          CheckCommand.class,
          EvalCommand.class,
          SweepCommand.class,
          InspectCommand.class,
          FeaturesCommand.class,
          ServeCommand.class,
          TruthCommand.class,
          InterveneCommand.class,
          SteerCommand.class,
          InfoCommand.class,
          SuitesCommand.class,
          ConvertCommand.class,
          HubCommand.class,
          ToyCommand.class,
          SynthCommand.class,
          BackendsCommand.class,
          BenchCommand.class);

  /// Gives the console to every command, all of which take it in their constructor.
  private static IFactory withConsole(Console console) {
    IFactory others = CommandLine.defaultFactory();
    return new IFactory() {
      @Override
      public <K> K create(Class<K> type) throws Exception {
        return COMMANDS.contains(type)
            ? type.getDeclaredConstructor(Console.class).newInstance(console)
            : others.create(type);
      }
    };
  }

  /// Without a command there is nothing to do but say what could be done.
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing; see: sae --help");
  }

  private static int usageError(Console console, ParameterException wrong) {
    String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
    String line = ErrorLine.inOneLine(Refusal.line(wrong));
    console.say(
        "%s: %s"
            .formatted(
                command, line.contains("; ") ? line : line + "; see: " + command + " --help"));
    return 2;
  }

  private static int failed(
      Console console, Exception failure, CommandLine command, boolean stacktrace) {
    console.say(
        "%s: %s"
            .formatted(
                command.getCommandSpec().qualifiedName(),
                ErrorLine.of(failure, SizeOptions.of(command.getCommandSpec()))));
    if (stacktrace) {
      failure.printStackTrace(console.err());
    }
    return 1;
  }
}
