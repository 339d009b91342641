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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.activations.capture.CapturedShards;
import sae4j.cli.options.ActivationsOptions;
import sae4j.cli.terminal.Failure;
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

  /// Refuses to call something the result of files that changed while they were read.
  ///
  /// @throws Failure if one did
  default void requireUnchanged() throws IOException {}

  /// The batches.
  ActivationStream stream(int batch, long seed) throws IOException;

  @Override
  void close();

  /// Stored activations, a matrix for each hook point.
  ///
  /// @param tensor which matrix of the file was asked for, if one was
  /// @param states of the files when they were opened
  record Stored(
      Path file,
      @Nullable String tensor,
      List<ActivationDataset> datasets,
      Map<Path, String> states)
      implements TrainingSource {

    /// @param hooks what to open, null where the file has but one matrix
    static Stored open(ActivationsOptions activations, List<@Nullable HookPoint> hooks)
        throws IOException {
      List<ActivationDataset> datasets = new ArrayList<>();
      try {
        for (@Nullable HookPoint hook : hooks) {
          datasets.add(activations.open(hook));
        }
        Path file = activations.file();
        return new Stored(file, activations.tensor(), datasets, states(file));
      } catch (Throwable failure) {
        datasets.forEach(ActivationDataset::close);
        throw failure;
      }
    }

    /// Length and time of the last change of a file, or of each shard of a capture.
    private static Map<Path, String> states(Path file) throws IOException {
      Map<Path, String> states = new LinkedHashMap<>();
      try (Stream<Path> files = Files.isDirectory(file) ? Files.list(file) : Stream.of(file)) {
        for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
          if (each.equals(file) || each.toString().endsWith(".safetensors")) {
            states.put(each, state(each));
          }
        }
      }
      return states;
    }

    private static String state(Path file) throws IOException {
      return Files.exists(file)
          ? "%,d bytes, changed at %s".formatted(Files.size(file), Files.getLastModifiedTime(file))
          : "gone";
    }

    @Override
    public void requireUnchanged() throws IOException {
      for (Map.Entry<Path, String> opened : states.entrySet()) {
        String now = state(opened.getKey());
        if (!now.equals(opened.getValue())) {
          throw new Failure(
              ("%s: changed while it was read (it was: %s; it is: %s), so nothing is saved; train"
                      + " again on a file that stays as it is")
                  .formatted(opened.getKey(), opened.getValue(), now));
        }
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
        case ActivationDataset.OfFile one -> {
          if (tensor != null) {
            choice.put("--tensor", tensor);
          }
        }
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
