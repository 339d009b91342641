// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The arrows between the rooms point down, and names say what a thing is.
class ArchitectureTest {
  private static final JavaClasses PROJECT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("sae4j");
  private static final Path REFERENCE = Path.of("../../reference");
  private static final Path PROGRAM = Path.of("../../cli");
  private static final Pattern PUBLIC_TYPE =
      Pattern.compile(
          "^public\\s+(?:(?:final|sealed|non-sealed|abstract)\\s+)*"
              + "(?:class|interface|record|enum|@interface)\\s+(\\w+)");

  /// The rooms, each with those that may open its door. An arrow points from a room to one that
  /// stands below it.
  private static final Map<String, List<String>> MAY_BE_USED_BY =
      Map.ofEntries(
          Map.entry("cli", List.of()),
          Map.entry("training", List.of("cli")),
          Map.entry("dashboard", List.of("cli")),
          Map.entry("groundtruth", List.of("cli")),
          Map.entry("companion", List.of("cli")),
          Map.entry("evaluation", List.of("cli", "dashboard")),
          Map.entry("saes", List.of("cli", "training", "dashboard", "evaluation")),
          Map.entry(
              "activations",
              List.of(
                  "cli",
                  "training",
                  "dashboard",
                  "groundtruth",
                  "companion",
                  "evaluation",
                  "saes")),
          Map.entry(
              "models",
              List.of("cli", "training", "dashboard", "evaluation", "activations", "onnxruntime")),
          Map.entry(
              "files",
              List.of(
                  "cli",
                  "training",
                  "dashboard",
                  "evaluation",
                  "saes",
                  "activations",
                  "models",
                  "groundtruth",
                  "onnxruntime")),
          Map.entry("article", List.of("cli", "saes", "companion", "contracts")));

  @Test
  void every_room_that_has_code_was_looked_at() {
    for (String room : MAY_BE_USED_BY.keySet()) {
      assertThat(PROJECT.stream().map(type -> type.getPackageName()))
          .as(room)
          .anyMatch(name -> name.equals(roomOf(room)) || name.startsWith(roomOf(room) + "."));
    }
  }

  private static String roomOf(String room) {
    return room.equals("onnxruntime") ? "sae4j.backends.onnxruntime" : "sae4j." + room;
  }

  @Test
  void arrows_point_down() {
    MAY_BE_USED_BY.forEach(
        (room, users) -> {
          List<String> allowed = new ArrayList<>();
          allowed.add(roomOf(room) + "..");
          users.forEach(user -> allowed.add(roomOf(user) + ".."));
          noClasses()
              .that()
              .resideInAPackage("sae4j..")
              .and()
              .resideOutsideOfPackages("sae4j.benchmarks..")
              .and()
              .resideOutsideOfPackages(allowed.toArray(String[]::new))
              .should()
              .dependOnClassesThat()
              .resideInAPackage(roomOf(room) + "..")
              .check(PROJECT);
        });
  }

  @Test
  void a_backend_knows_the_tensor_package_alone_and_onnxruntime_models_and_files_too() {
    noClasses()
        .that()
        .resideInAPackage("sae4j.backends..")
        .and()
        .resideOutsideOfPackage("sae4j.backends.onnxruntime..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("sae4j..")
                .and(not(resideInAnyPackage("sae4j.backends..", "sae4j.tensor.."))))
        .check(PROJECT);
  }

  @Test
  void a_package_has_one_idea_and_about_fifteen_classes() {
    Map<String, Long> classes =
        PROJECT.stream()
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .collect(groupingBy(type -> type.getPackageName(), TreeMap::new, counting()));
    assertThat(classes).allSatisfy((name, count) -> assertThat(count).as(name).isLessThan(18));
  }

  /// What a command writes it claims by [sae4j.files.output.OutputFolder] and writes by
  /// [sae4j.files.AtomicWrite]; no file is written, replaced or deleted in another way. The program
  /// writes to its standard output.
  @Test
  void only_the_files_room_writes_replaces_and_deletes() {
    noClasses()
        .that()
        .resideInAPackage("sae4j..")
        .and()
        .resideOutsideOfPackages("sae4j.files..", "sae4j.benchmarks..")
        .and()
        .doNotHaveSimpleName("StandardOutput")
        .should()
        .callMethodWhere(describe("writes", ArchitectureTest::writes))
        .orShould()
        .callConstructorWhere(describe("opens a file to write", ArchitectureTest::opens))
        .check(PROJECT);
  }

  /// Whose channels only read: parts of graphs and weights.
  private static final String ONNX_RUNTIME = "sae4j.backends.onnxruntime";

  private static boolean writes(JavaMethodCall call) {
    String owner = call.getTargetOwner().getName();
    String name = call.getTarget().getName();
    return (owner.equals("java.nio.file.Files")
            && name.matches(
                "(write|create|delete|move|copy|set|newOutput|newBufferedWriter|newByte).*"))
        || (owner.equals("java.io.File") && name.matches("(create|delete|mkdir|rename|set).*"))
        || (owner.equals("java.nio.channels.FileChannel")
            && name.equals("open")
            && !call.getOriginOwner().getPackageName().startsWith(ONNX_RUNTIME));
  }

  private static boolean opens(JavaConstructorCall call) {
    return call.getTargetOwner()
        .getName()
        .matches("java\\.io\\.(FileOutputStream|RandomAccessFile|FileWriter)");
  }

  @Test
  void backends_never_see_each_other() {
    slices()
        .matching("sae4j.backends.(*)..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true)
        .check(PROJECT);
  }

  @Test
  void the_tensor_package_needs_nothing_but_java_base() {
    classes()
        .that()
        .resideInAPackage("sae4j.tensor..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "sae4j.tensor..",
            "java.lang..",
            "java.util",
            "java.util.function..",
            "java.util.stream..",
            "java.util.regex..",
            "java.util.concurrent..",
            "java.io..",
            "java.nio..",
            "java.math..",
            "java.time..",
            "java.text..",
            "org.jspecify..")
        .check(PROJECT);
  }

  @Test
  void the_article_needs_the_tensor_package_alone() {
    classes()
        .that()
        .resideInAPackage("sae4j.article..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("sae4j.article..", "sae4j.tensor..", "java..", "org.jspecify..")
        .check(PROJECT);
  }

  @Test
  void packages_form_no_cycle() {
    slices().matching("sae4j.(**)").should().beFreeOfCycles().check(PROJECT);
  }

  @Test
  void commands_share_options_and_a_terminal_that_know_none_of_them() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("program")
        .definedBy("sae4j.cli")
        .layer("commands")
        .definedBy("sae4j.cli.commands..")
        .layer("runs")
        .definedBy("sae4j.cli.runs..")
        .layer("sweeps")
        .definedBy("sae4j.cli.sweeps..")
        .layer("options")
        .definedBy("sae4j.cli.options..")
        .layer("terminal")
        .definedBy("sae4j.cli.terminal..")
        .whereLayer("program")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("commands")
        .mayOnlyBeAccessedByLayers("program")
        .whereLayer("runs")
        .mayOnlyBeAccessedByLayers("program", "commands")
        .whereLayer("sweeps")
        .mayOnlyBeAccessedByLayers("program")
        .whereLayer("options")
        .mayOnlyAccessLayers("terminal")
        .whereLayer("terminal")
        .mayNotAccessAnyLayer()
        .check(PROJECT);
  }

  @Test
  void nothing_is_named_after_what_it_is_not() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Helpers")
        .check(PROJECT);
  }

  @Test
  void every_public_type_of_the_reference_says_what_it_is() throws IOException {
    List<String> silent = new ArrayList<>();
    int seen = 0;
    for (Path source : sources(REFERENCE)) {
      List<String> lines = Files.readAllLines(source);
      for (int i = 0; i < lines.size(); i++) {
        Matcher type = PUBLIC_TYPE.matcher(lines.get(i));
        if (type.find()) {
          seen++;
          int before = i - 1;
          while (before >= 0 && lines.get(before).startsWith("@")) {
            before--;
          }
          if (before < 0 || !lines.get(before).startsWith("///")) {
            silent.add(REFERENCE.relativize(source) + ": " + type.group(1));
          }
        }
      }
    }
    assertThat(seen).as("public types in " + REFERENCE).isPositive();
    assertThat(silent).as("public types without a doc comment").isEmpty();
  }

  @Test
  void every_package_of_reference_and_program_that_has_code_says_its_idea_and_is_null_marked()
      throws IOException {
    for (Path source :
        Stream.concat(sources(REFERENCE).stream(), sources(PROGRAM).stream())
            .filter(file -> !file.endsWith("package-info.java"))
            .toList()) {
      Path packageInfo = source.resolveSibling("package-info.java");
      assertThat(packageInfo).exists();
      assertThat(Files.readString(packageInfo)).containsPattern("(?m)^///").contains("@NullMarked");
    }
  }

  private static List<Path> sources(Path module) throws IOException {
    try (Stream<Path> files = Files.walk(module)) {
      return files
          .filter(
              file ->
                  file.toString().contains("src/main/java") && file.toString().endsWith(".java"))
          .toList();
    }
  }
}
