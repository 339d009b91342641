// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.activations.StoredActivations;
import sae4j.activations.capture.CapturedShards;
import sae4j.cli.options.ActivationsOptions;
import sae4j.evaluation.ActivationDataset;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.Origin;

/// Where the batches of a run come from, open.
sealed interface TrainingSource extends AutoCloseable {
  /// One line for people.
  String description();

  /// D at a hook point, by its number.
  int width(int hook);

  /// What is known of the model and of a hook point, by its number.
  Origin origin(int hook);

  /// The options that a run which goes on later needs for the same activations.
  Map<String, String> choice();

  /// The batches.
  ActivationStream stream(int batch, long seed) throws IOException;

  @Override
  void close();

  /// Stored activations, a matrix for each hook point.
  record Stored(Path file, List<ActivationDataset> datasets) implements TrainingSource {

    /// @param hooks what to open, null where the file has but one matrix
    static Stored open(ActivationsOptions activations, List<@Nullable HookPoint> hooks)
        throws IOException {
      List<ActivationDataset> datasets = new ArrayList<>();
      try {
        for (@Nullable HookPoint hook : hooks) {
          datasets.add(activations.open(hook));
        }
        return new Stored(activations.file(), datasets);
      } catch (Throwable failure) {
        datasets.forEach(ActivationDataset::close);
        throw failure;
      }
    }

    @Override
    public String description() {
      ActivationDataset first = datasets.getFirst();
      return "activations %s: %,d tokens, %d wide"
          .formatted(
              String.join(", ", datasets.stream().map(ActivationDataset::description).toList()),
              first.rows(),
              first.width());
    }

    @Override
    public int width(int hook) {
      return datasets.get(hook).width();
    }

    @Override
    public Origin origin(int hook) {
      return datasets.get(hook).origin();
    }

    @Override
    public Map<String, String> choice() {
      Map<String, String> choice = new LinkedHashMap<>();
      choice.put("--activations", file.toAbsolutePath().toString());
      switch (datasets.getFirst()) {
        case ActivationDataset.OfFile(StoredActivations stored) ->
            choice.put("--tensor", stored.tensor().name());
        case ActivationDataset.OfCapture(Path folder, CapturedShards shards) ->
            choice.put("--hook", shards.hook().name());
      }
      return choice;
    }

    @Override
    public ActivationStream stream(int batch, long seed) {
      return new ShuffledStream(List.copyOf(datasets), seed, batch);
    }

    @Override
    public void close() {
      datasets.forEach(ActivationDataset::close);
    }
  }

  /// A language model that reads while SAEs learn.
  record Live(LanguageModel model, List<HookPoint> hooks, LiveOptions options)
      implements TrainingSource {
    @Override
    public String description() {
      return "activations of %s at %s"
          .formatted(
              model.name(),
              hooks.stream()
                  .map(hook -> "%s, %d wide".formatted(hook, model.width(hook)))
                  .collect(Collectors.joining(", ")));
    }

    @Override
    public int width(int hook) {
      return model.width(hooks.get(hook));
    }

    @Override
    public Origin origin(int hook) {
      return new Origin(model.name(), hooks.get(hook).name()).inContextsOf(options.window());
    }

    @Override
    public Map<String, String> choice() {
      Path path = Path.of(model.name());
      return Map.of(
          "--model", Files.exists(path) ? path.toAbsolutePath().toString() : model.name());
    }

    @Override
    public ActivationStream stream(int batch, long seed) throws IOException {
      return options.stream(model, hooks, batch, seed);
    }

    @Override
    public void close() {
      model.close();
    }
  }
}
