// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.activations.StoredActivations;
import sae4j.activations.capture.CapturedShards;
import sae4j.files.FormatException;
import sae4j.models.HookPoint;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.TokensRead;

/// Activations on disk, open, with what is known about them: which model and hook point they are
/// from, and which token of which text each row stands for. They are a matrix in a file, or one
/// hook point of a capture.
public sealed interface ActivationDataset extends ActivationSet, AutoCloseable {
  /// One line for people.
  String description();

  /// The model and the hook point that they are from, as far as the files say.
  Origin origin();

  /// The text behind the rows; null where it is not known.
  ///
  /// @throws IOException if it is damaged
  @Nullable TokensInContext text() throws IOException;

  @Override
  void close();

  /// Opens a file, or the folder of a capture. Numbers are checked when they are read.
  ///
  /// @param path a file that [StoredActivations] reads, or a folder that [CapturedShards] does
  /// @param tensor which matrix of a file; null where it has but one
  /// @param hook which hook point of a capture; null where it has but one
  /// @return open; the caller closes it
  /// @throws IOException if it cannot be read, or holds several and none was named
  static ActivationDataset open(Path path, @Nullable String tensor, @Nullable HookPoint hook)
      throws IOException {
    if (CapturedShards.isCapture(path)) {
      return new OfCapture(
          path, hook == null ? CapturedShards.open(path) : CapturedShards.open(path, hook));
    }
    return new OfFile(StoredActivations.open(path, tensor));
  }

  /// Opens as [#open] does, and reads a file from end to end for numbers that are not finite. The
  /// numbers of a capture were checked when it was written.
  ///
  /// @throws sae4j.files.FormatException if a number is NaN or infinite, by row and column
  static ActivationDataset openFinite(Path path, @Nullable String tensor, @Nullable HookPoint hook)
      throws IOException {
    ActivationDataset opened = open(path, tensor, hook);
    try {
      if (opened instanceof OfFile(StoredActivations stored)) {
        stored.tensor().withFiniteValues();
      }
      return opened;
    } catch (Throwable failure) {
      opened.close();
      throw failure;
    }
  }

  /// A matrix in a file. Files say nothing about model, hook point and text.
  record OfFile(StoredActivations stored) implements ActivationDataset {
    @Override
    public String description() {
      return stored.tensor().info().toString();
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

  /// One hook point of a capture.
  record OfCapture(Path folder, CapturedShards shards) implements ActivationDataset {
    @Override
    public String description() {
      return "of %s at %s%s"
          .formatted(
              shards.manifest().settings().get("model"),
              shards.hook(),
              shards.manifest().complete() ? "" : " (the capture is not complete)");
    }

    @Override
    public Origin origin() {
      Map<String, String> settings = shards.manifest().settings();
      String window = settings.getOrDefault("window_length", "");
      String start = settings.get("document_start");
      Origin origin =
          new Origin(settings.get("model"), shards.hook().name())
              .reading(
                  new TokensRead(
                      start == null ? null : !start.equals("none"),
                      settings.getOrDefault("keep_window_starts", "").contains("special"),
                      null));
      return window.matches("[1-9][0-9]{0,8}")
          ? origin.inContextsOf(Integer.parseInt(window))
          : origin;
    }

    @Override
    public TokensInContext text() throws IOException {
      TokensInContext text = new TokensInContext(shards.tokens(), shards.documents());
      Optional<String> disagreement =
          text.tokens().size() == rows()
              ? text.disagreement()
              : Optional.of("%,d tokens for %,d rows".formatted(text.tokens().size(), rows()));
      if (disagreement.isPresent()) {
        throw new FormatException(
            folder,
            "text",
            "does not fit its tokens: " + disagreement.get(),
            "capture again into another folder");
      }
      return text;
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
