// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.activations.capture.EndlessWindows;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.backends.vector.VectorBackend;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.saes.Parameter;
import sae4j.saes.SaeOptions;
import sae4j.tensor.Backend;
import sae4j.training.StepReport;
import sae4j.training.TrainingOptions;
import sae4j.training.endtoend.EndToEnd;
import sae4j.training.endtoend.EndToEndTrainer;

/// End-to-end training on the embedded model.
class EndToEndTrainerTest {
  private static final HookPoint HOOK = HookPoint.residPost(2);
  private static final int STEPS = 40;
  private static final EndToEnd ALL_TERMS =
      new EndToEnd(1, 1, List.of(HookPoint.residPost(3)), 0.5);

  private static LanguageModel model;
  private static Backend vector;

  @TempDir private Path folder;

  @BeforeAll
  static void open() throws IOException {
    model = LanguageModels.open("java-gpt2-tiny");
    vector = new VectorBackend(2);
  }

  @AfterAll
  static void close() {
    model.close();
    vector.close();
  }

  private static DocumentSource text() {
    return new DocumentSource() {
      @Override
      public String description() {
        return "small classes";
      }

      @Override
      public Stream<Document> open() {
        return IntStream.range(0, 500)
            .mapToObj(
                i ->
                    new Document(
                        "Class" + i,
                        "/** The class %d. */\npublic final class Class%d {\n  int size = %d;\n}\n"
                            .formatted(i, i, i)));
      }
    };
  }

  private static EndToEndTrainer trainer(EndToEnd loss) throws IOException {
    TrainingOptions options =
        TrainingOptions.builder(SaeOptions.topK(128, 8)).steps(STEPS).batch(128).build();
    return new EndToEndTrainer(
        model,
        HOOK,
        new EndlessWindows(text(), model.tokenizer(), 32, 4, 1),
        loss,
        options,
        vector);
  }

  private static double meanLoss(EndToEndTrainer trainer, int steps) {
    return IntStream.range(0, steps)
        .mapToDouble(_ -> trainer.step().getFirst().loss())
        .average()
        .orElseThrow();
  }

  @Test
  void the_divergence_of_the_output_falls() throws IOException {
    EndToEndTrainer trainer = trainer(EndToEnd.ofOutput());
    double first = meanLoss(trainer, 5);
    meanLoss(trainer, STEPS - 10);
    assertThat(meanLoss(trainer, 5)).isPositive().isLessThan(first / 2);
    assertThat(trainer.measures().get("kl")).isBetween(0.0, first);
    assertThat(trainer.finished()).isTrue();
  }

  @Test
  void a_run_that_was_resumed_ends_like_one_that_was_not() throws IOException {
    EndToEndTrainer whole = trainer(ALL_TERMS);
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    meanLoss(whole, 3);
    whole.saveCheckpoint(checkpoint);
    List<StepReport> expected =
        IntStream.range(0, 3).mapToObj(_ -> whole.step().getFirst()).toList();
    EndToEndTrainer resumed = trainer(ALL_TERMS);
    resumed.resume(checkpoint);
    assertThat(IntStream.range(0, 3).mapToObj(_ -> resumed.step().getFirst()).toList())
        .isEqualTo(expected);
    List<Parameter> parameters = whole.learner().trained().parameters();
    assertThat(parameters).isNotEmpty();
    for (Parameter parameter : parameters) {
      assertThat(resumed.learner().trained().parameter(parameter.name()).toDoubles())
          .containsExactly(parameter.tensor().toDoubles());
    }
  }
}
