// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A project of a user's own, as `docs/library.md` shows it, builds against our jars and trains.
///
/// Our jars are installed into a repository for this test alone; everything else comes out of the
/// repository that this build has filled, as if that were Maven Central.
class UserProjectTest {
  private static final Path ROOT = Launcher.projectRoot();
  private static final String GROUP = "io/github/sae4j";
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(?<kind>\\w*)\n(?<text>.*?)^```$");
  private static final Pattern LOSS = Pattern.compile("step (\\d+): loss (\\d+\\.\\d+)");

  @TempDir private Path folder;

  private String version;
  private List<Path> jars;

  /// In `mvn verify` the class path has our modules as jars, in `mvn test` as folders of classes.
  @BeforeEach
  void requireJars() throws IOException {
    jars =
        classPath()
            .filter(file -> file.startsWith(ROOT) && file.toString().endsWith(".jar"))
            .toList();
    assumeTrue(!jars.isEmpty(), "our modules are not packaged yet: run mvn verify");
    assumeTrue(System.getProperty("maven.home") != null, "not run by Maven");
    version = first(Files.readString(ROOT.resolve("pom.xml")), "<version>(.*?)</version>");
  }

  @Test
  void the_documented_project_builds_and_its_loss_falls() throws Exception {
    String library = Files.readString(ROOT.resolve("docs/library.md"));
    installOurs();
    Path project = Files.createDirectories(folder.resolve("project"));
    write(project.resolve("pom.xml"), block(library, "xml"));
    write(project.resolve("src/main/java/Train.java"), program());
    write(project.resolve("settings.xml"), settings());
    write(
        project.resolve(".mvn/maven.config"),
        "--settings=settings.xml\n-Dmaven.repo.local=%s\n".formatted(folder.resolve("repository")));

    List<Double> losses =
        LOSS.matcher(runs(project, block(library, "")))
            .results()
            .map((MatchResult line) -> Double.valueOf(line.group(2)))
            .toList();
    assertThat(losses).hasSize(4).isSortedAccordingTo((a, b) -> Double.compare(b, a));
    assertThat(losses.getLast()).isLessThan(losses.getFirst() / 4);
  }

  @Test
  void our_jars_name_their_modules_and_carry_licence_and_notice() throws IOException {
    List<String> names = new ArrayList<>();
    for (Path each : jars) {
      try (JarFile jar = new JarFile(each.toFile())) {
        names.add(jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"));
        for (String file : List.of("META-INF/LICENSE", "META-INF/NOTICE")) {
          assertThat(jar.getEntry(file)).as("%s in %s", file, each).isNotNull();
        }
      }
    }
    assertThat(names)
        .contains("sae4j.tensor", "sae4j.cli")
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("sae4j(\\.[a-z]+)+"));
  }

  private static Stream<Path> classPath() {
    String entries =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(entries.split(System.getProperty("path.separator"))).map(Path::of);
  }

  private void installOurs() throws IOException {
    install("sae4j", ROOT.resolve("pom.xml"), "pom");
    install("sae4j-bom", ROOT.resolve("reference/bom/pom.xml"), "pom");
    for (Path jar : jars) {
      String artifact = jar.getFileName().toString().replace("-" + version + ".jar", "");
      install(artifact, jar, "jar");
      install(artifact, jar.resolve("../../pom.xml").normalize(), "pom");
    }
  }

  private void install(String artifact, Path file, String type) throws IOException {
    Path target =
        folder.resolve(
            "repository", GROUP, artifact, version, artifact + "-" + version + "." + type);
    Files.createDirectories(target.resolveSibling(""));
    Files.copy(file, target);
  }

  /// The repository that the build has filled, found by a library of this class path.
  private static String settings() throws IOException {
    Path library =
        Path.of(Assertions.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    Path repository = library.resolve("../../../../..").normalize();
    return """
    <settings>
      <mirrors>
        <mirror>
          <id>filled-by-this-build</id>
          <mirrorOf>*</mirrorOf>
          <url>%s</url>
        </mirror>
      </mirrors>
    </settings>
    """
        .formatted(repository.toUri());
  }

  private static String program() throws IOException {
    return BLOCK
        .matcher(Files.readString(ROOT.resolve("README.md")))
        .results()
        .map(each -> each.group("text"))
        .filter(text -> text.contains("void main()"))
        .findFirst()
        .orElseThrow();
  }

  private static String block(String document, String kind) {
    return BLOCK
        .matcher(document)
        .results()
        .filter(each -> each.group("kind").equals(kind))
        .findFirst()
        .orElseThrow()
        .group("text");
  }

  private static String first(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().findFirst().orElseThrow().group(1);
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }

  /// Runs commands with this build's Maven and this test's Java, and gives what they print.
  private static String runs(Path project, String commands) throws Exception {
    Path output = project.resolve("output.txt");
    ProcessBuilder shell =
        new ProcessBuilder("bash", "-e", "-c", commands)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Map<String, String> environment = shell.environment();
    environment
        .keySet()
        .removeIf(name -> name.startsWith("MAVEN_") || name.equals("JDK_JAVA_OPTIONS"));
    String java = System.getProperty("java.home");
    environment.put("JAVA_HOME", java);
    environment.put(
        "PATH",
        "%s/bin:%s/bin:%s"
            .formatted(System.getProperty("maven.home"), java, System.getenv("PATH")));
    Process process = shell.start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    String printed = Files.readString(output);
    assertThat(ended).as("ended in time: %s", printed).isTrue();
    assertThat(process.exitValue()).as(printed).isZero();
    return printed;
  }
}
