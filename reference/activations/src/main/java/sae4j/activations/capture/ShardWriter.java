// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.function.ToIntFunction;
import sae4j.activations.capture.CaptureManifest.Shard;
import sae4j.activations.text.Document;
import sae4j.files.DType;
import sae4j.files.Fingerprint;
import sae4j.files.Shape;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.GrowingTensors;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;

/// Computes a shard batch by batch and writes each batch as it comes. Which rows are kept follows
/// from the tokens alone, so every tensor's position in the file is known before the first number
/// is computed.
///
/// @param folder where shards go
/// @param capture what computes
/// @param hooks what it computes, in this order
/// @param width of the activations at each of them
/// @param dtype how activations are stored
record ShardWriter(
    Path folder,
    ActivationCapture capture,
    List<HookPoint> hooks,
    ToIntFunction<HookPoint> width,
    DType dtype) {

  /// The user asked to stop.
  static final class Stopped extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /// Writes the activations and then the text; both are part of the capture only once the manifest
  /// says so.
  ///
  /// @param index the shard's number
  /// @param windows what it is computed from
  /// @param batch windows that go through the model together
  /// @param begun the documents that begin in it
  /// @param goOn told after each batch how many tokens of the shard are done; says whether to go on
  /// @throws Stopped if `goOn` says no; nothing is left behind
  Shard write(
      int index, List<TokenTable> windows, int batch, List<Document> begun, LongPredicate goOn)
      throws IOException {
    String file = file(index);
    String text = text(index);
    long rows =
        windows.stream()
            .mapToLong(window -> capture.kept(TokenTable.batch(List.of(window))).length)
            .sum();
    GrowingTensors.write(
        folder.resolve(file),
        Map.of("format", CaptureManifest.FORMAT),
        announced(rows),
        tensors -> {
          long done = 0;
          var batches = new WindowBatches(windows.iterator(), batch);
          while (batches.hasNext()) {
            List<TokenTable> together = batches.next();
            append(tensors, capture.capture(together));
            done += together.stream().mapToLong(TokenTable::size).sum();
            if (!goOn.test(done)) {
              throw new Stopped();
            }
          }
        });
    CapturedText.write(folder.resolve(text), CapturedText.encode(begun));
    return new Shard(
        file,
        rows,
        windows.stream().mapToLong(TokenTable::size).sum(),
        windows.size(),
        Fingerprint.sha256(folder.resolve(file)),
        text,
        Fingerprint.sha256(folder.resolve(text)));
  }

  /// What a shard is called.
  static String file(int index) {
    return String.format("shard-%05d.safetensors", index);
  }

  /// What the text of a shard is called.
  static String text(int index) {
    return String.format("text-%05d.jsonl", index);
  }

  private List<TensorInfo> announced(long rows) {
    List<TensorInfo> tensors = new ArrayList<>();
    for (HookPoint hook : hooks) {
      tensors.add(new TensorInfo(hook.name(), dtype, Shape.of(rows, width.applyAsInt(hook))));
    }
    for (String column : TokenTable.COLUMNS) {
      tensors.add(new TensorInfo(column, DType.I32, Shape.of(rows)));
    }
    return tensors;
  }

  private void append(GrowingTensors tensors, CapturedActivations batch) throws IOException {
    for (HookPoint hook : hooks) {
      FloatRows rows = batch.at(hook);
      requireFinite(hook, rows);
      tensors.append(hook.name(), rows.values());
    }
    List<int[]> columns = batch.tokens().columns();
    for (int i = 0; i < columns.size(); i++) {
      tensors.append(TokenTable.COLUMNS.get(i), columns.get(i));
    }
  }

  /// @throws IllegalStateException if a number cannot be stored; it is no fault of the folder
  private void requireFinite(HookPoint hook, FloatRows rows) {
    for (int i = 0; i < rows.values().length; i++) {
      float value = rows.values()[i];
      if (!Float.isFinite(dtype.toFloat(dtype.bits(value)))) {
        throw new IllegalStateException(
            "capture: %s is %s in column %d%s"
                .formatted(
                    hook,
                    value,
                    i % rows.width(),
                    Float.isFinite(value)
                        ? ", more than " + dtype + " can hold; store BF16 or F32"
                        : ": the model's arithmetic overflows; use a model of higher precision"));
      }
    }
  }
}
