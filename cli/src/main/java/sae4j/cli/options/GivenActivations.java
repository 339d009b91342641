package sae4j.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.activations.StoredActivations;
import sae4j.activations.capture.CapturedShards;
import sae4j.evaluation.TokensInContext;
import sae4j.models.HookPoint;
import sae4j.saes.weights.Origin;

/// The activations that a command was given, open: a matrix in a file, or one hook of a capture.
public sealed interface GivenActivations extends ActivationSet, AutoCloseable {
  /// One line for people.
  String description();

  /// The option that chose this matrix among several, and its value, for a run that goes on later.
  Map<String, String> choice();

  /// What is known of the model and the hook they came from.
  Origin origin();

  /// The text behind the rows; null where it is not known.
  ///
  /// @throws IOException if it is damaged
  @Nullable TokensInContext text() throws IOException;

  @Override
  void close();

  /// Opens a file, or the folder of a capture.
  ///
  /// @param tensor which matrix of a file; null where it has but one
  /// @param hook which hook of a capture; null where it has but one
  static GivenActivations open(Path path, @Nullable String tensor, @Nullable HookPoint hook)
      throws IOException {
    if (CapturedShards.isCapture(path)) {
      return new OfCapture(
          path, hook == null ? CapturedShards.open(path) : CapturedShards.open(path, hook));
    }
    return new OfFile(StoredActivations.open(path, tensor));
  }

  /// A matrix in a file.
  record OfFile(StoredActivations stored) implements GivenActivations {
    @Override
    public String description() {
      return stored.tensor().info().toString();
    }

    @Override
    public Map<String, String> choice() {
      return Map.of("--tensor", stored.tensor().name());
    }

    @Override
    public Origin origin() {
      return new Origin(null, null);
    }

    @Override
    public @Nullable TokensInContext text() {
      return null;
    }

    @Override
    public long rows() {
      return stored.rows();
    }

    @Override
    public int width() {
      return stored.width();
    }

    @Override
    public void read(long row, float[] into, int offset) {
      stored.read(row, into, offset);
    }

    @Override
    public void close() {
      stored.close();
    }
  }

  /// One hook of a capture.
  record OfCapture(Path folder, CapturedShards shards) implements GivenActivations {
    @Override
    public String description() {
      return "of %s at %s%s"
          .formatted(
              shards.manifest().settings().get("model"),
              shards.hook(),
              shards.manifest().complete() ? "" : " (the capture is not complete)");
    }

    @Override
    public Map<String, String> choice() {
      return Map.of("--hook", shards.hook().name());
    }

    @Override
    public Origin origin() {
      return new Origin(shards.manifest().settings().get("model"), shards.hook().name());
    }

    @Override
    public TokensInContext text() throws IOException {
      return new TokensInContext(shards.tokens(), shards.documents());
    }

    @Override
    public long rows() {
      return shards.rows();
    }

    @Override
    public int width() {
      return shards.width();
    }

    @Override
    public void read(long row, float[] into, int offset) {
      shards.read(row, into, offset);
    }

    @Override
    public void close() {
      shards.close();
    }
  }
}
