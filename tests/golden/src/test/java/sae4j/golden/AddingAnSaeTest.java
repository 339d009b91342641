// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.saes.Sae;
import sae4j.training.StreamTrainer;

/// `docs/adding-an-sae.md` is correct: its file and its line, compiled into the library, give an
/// architecture that trains.
final class AddingAnSaeTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\w+\n(?<text>.*?)^```$");

  /// Trains the new architecture by name, and returns the loss of every step.
  private static final String TRAINS =
      """
      package sae4j.training.trial;

      import java.util.ArrayList;
      import java.util.List;
      import java.util.function.Supplier;
      import sae4j.activations.ActivationSet;
      import sae4j.saes.Sae;
      import sae4j.saes.SaeOptions;
      import sae4j.saes.weights.Materialisation;
      import sae4j.saes.weights.Origin;
      import sae4j.saes.weights.SaeWeights;
      import sae4j.tensor.Backend;
      import sae4j.tensor.Backends;
      import sae4j.tensor.Initialiser;
      import sae4j.tensor.Tensor;
      import sae4j.training.StreamTrainer;
      import sae4j.training.TrainingOptions;

      public final class Trains implements Supplier<List<Double>> {
        @Override
        public List<Double> get() {
          try (Backend backend = Backends.open("ejml")) {
            double[] normal = Tensor.parameter(backend, 64, 8, Initialiser.normal(1)).toDoubles();
            float[] rows = new float[normal.length];
            for (int i = 0; i < rows.length; i++) {
              rows[i] = (float) normal[i];
            }
            TrainingOptions options =
                TrainingOptions.builder(SaeOptions.of("log-penalty", 24))
                    .steps(60).batch(16).l1(0.5).learningRate(0.01).build();
            StreamTrainer trainer =
                new StreamTrainer(ActivationSet.of(rows, 8), options, backend);
            List<Double> losses = new ArrayList<>();
            while (!trainer.finished()) {
              losses.add(trainer.step().getFirst().loss());
            }
            Sae loaded =
                Materialisation.of(
                    SaeWeights.of(trainer.learner().trained(), Origin.UNKNOWN), backend);
            if (!loaded.architecture().equals("log-penalty")) {
              throw new AssertionError(loaded.architecture());
            }
            return losses;
          }
        }
      }
      """;

  /// Loads the architectures' package again, so that the classes compiled here belong to it.
  private static final class Library extends URLClassLoader {
    Library(Path compiled) throws IOException {
      super(
          new URL[] {
            compiled.toUri().toURL(), locationOf(Sae.class), locationOf(StreamTrainer.class)
          },
          Sae.class.getClassLoader());
    }

    private static URL locationOf(Class<?> type) {
      return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("sae4j.training.") && !name.startsWith("sae4j.saes.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? findClass(name) : loaded;
    }
  }

  @TempDir private Path folder;

  @Test
  void the_file_and_the_line_of_the_page_are_an_architecture_that_trains() throws Exception {
    List<String> blocks =
        BLOCK
            .matcher(Repository.text(Repository.ROOT.resolve("docs/adding-an-sae.md")))
            .results()
            .map((MatchResult block) -> block.group("text"))
            .toList();
    write("LogPenaltySae", blocks.get(0));
    write("Trains", TRAINS);
    compile();
    Path services = folder.resolve("classes/META-INF/services");
    Files.createDirectories(services);
    Files.writeString(services.resolve("sae4j.saes.Architecture"), blocks.get(1));

    try (Library library = new Library(folder.resolve("classes"))) {
      Object trains =
          library.loadClass("sae4j.training.trial.Trains").getDeclaredConstructor().newInstance();
      List<Double> losses = new ArrayList<>();
      ((List<?>) ((Supplier<?>) trains).get()).forEach(loss -> losses.add((Double) loss));
      assertThat(losses).hasSize(60);
      assertThat(losses.getLast()).isLessThan(losses.getFirst() / 2);
    }
  }

  private void write(String type, String source) throws IOException {
    Files.writeString(folder.resolve(type + ".java"), source);
  }

  private void compile() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Path classes = Files.createDirectory(folder.resolve("classes"));
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none", "-d", classes.toString(), "-cp", classPath),
                  null,
                  files.getJavaFileObjects(
                      folder.toFile().listFiles((File file) -> file.getName().endsWith(".java"))))
              .call();
      assertThat(compiled).as("the page's code compiles").isTrue();
    }
  }
}
