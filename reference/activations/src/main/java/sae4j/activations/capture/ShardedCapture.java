// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sae4j.activations.capture.CaptureManifest.Shard;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.output.OutputFolder;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;

/// Writes activations to a folder of safetensors shards. The capture can be stopped at any moment
/// and continued.
///
/// Each shard holds a matrix for each hook under the hook's name, and the columns of [TokenTable]
/// as I32 vectors `token_ids`, `documents`, `starts`, `ends` and `positions`; a file of JSON lines
/// beside it holds the documents that begin in it. A shard is computed from a fixed number of
/// windows and written as a whole, so a capture that was killed and continued gives the same bytes
/// as one that was not. Memory is bounded by one batch, one document (or a piece of a long one) and
/// the text of a shard.
public final class ShardedCapture {
  private static final long SHARD_BYTES = 256L << 20;
  private static final String TEXT_IDENTITY = "text_identity";

  private final LanguageModel model;
  private final List<HookPoint> hooks;
  private final ActivationCapture.Settings settings;
  private final DType dtype;
  private final int windowsPerShard;

  /// Told of the progress after each batch.
  @FunctionalInterface
  public interface Progress {
    /// Told once, before the first batch, unless the capture is complete already.
    ///
    /// @param tokensRead tokens that earlier runs have read
    /// @param tokensLimit where the capture ends at the latest; [Long#MAX_VALUE] where the text's
    ///     end is the only limit
    default void begins(long tokensRead, long tokensLimit) {}

    /// @param tokensRead tokens read so far, those of an earlier run included
    /// @param tokensLimit where the capture ends at the latest
    /// @return whether to go on; if not, what was read since the last whole shard is given up
    boolean read(long tokensRead, long tokensLimit);
  }

  /// @param model what reads; the caller keeps and closes it
  /// @param hooks where to look, one or more
  /// @param settings how to read
  /// @param dtype F32, F16 or BF16: how activations are stored
  /// @throws IllegalArgumentException if the type is another, or as [ActivationCapture]
  public ShardedCapture(
      LanguageModel model,
      List<HookPoint> hooks,
      ActivationCapture.Settings settings,
      DType dtype) {
    this(model, hooks, settings, dtype, tokensIn(SHARD_BYTES, model, hooks, dtype));
  }

  /// As above, with shards of a size of your own.
  ///
  /// @param shardTokens tokens read for each shard, rounded down to whole batches, but at least one
  public ShardedCapture(
      LanguageModel model,
      List<HookPoint> hooks,
      ActivationCapture.Settings settings,
      DType dtype,
      long shardTokens) {
    if (dtype != DType.F32 && dtype != DType.F16 && dtype != DType.BF16) {
      throw new IllegalArgumentException(
          "capture: element type " + dtype + "; choose F32, F16 or BF16");
    }
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.settings = settings;
    this.dtype = dtype;
    long batchTokens = (long) settings.batch() * settings.windowLength();
    this.windowsPerShard =
        Math.toIntExact(settings.batch() * Math.max(1, shardTokens / batchTokens));
  }

  private static long tokensIn(
      long bytes, LanguageModel model, List<HookPoint> hooks, DType dtype) {
    long numbers = hooks.stream().mapToLong(model::width).sum();
    return bytes / (dtype.bytes() * Math.max(1, numbers));
  }

  /// Captures `source` into `folder`, going on where an earlier run under the same settings
  /// stopped.
  ///
  /// @param out claimed by the caller; kept from the first whole shard on
  /// @param progress told after each batch; it can stop the capture
  /// @return what the folder holds now; not complete if it was stopped
  /// @throws CaptureManifest.OtherSettings if the folder holds a capture under other settings or of
  ///     another text
  /// @throws FormatException if one of its shards is damaged
  /// @throws IOException if reading or writing fails, or an activation is not finite in the element
  ///     type; the shards that are whole stay
  public CaptureManifest run(DocumentSource source, OutputFolder out, Progress progress)
      throws IOException {
    ActivationCapture capture = new ActivationCapture(model, hooks, settings);
    return run(capture, source, out, progress);
  }

  private CaptureManifest run(
      ActivationCapture capture, DocumentSource source, OutputFolder out, Progress progress)
      throws IOException {
    Path folder = out.path();
    CaptureManifest manifest = begin(folder, describe(source));
    if (manifest.complete()) {
      return manifest;
    }
    ShardWriter writer = new ShardWriter(folder, capture, hooks, model::width, dtype);
    List<Shard> shards = new ArrayList<>(manifest.shards());
    List<Document> begun = new ArrayList<>();
    WindowedText text = new WindowedText(source, model.tokenizer(), settings.windowLength());
    try (TextWindows windows = text.open(settings.maxTokens(), begun::add)) {
      for (Shard shard : shards) {
        skip(folder, shard, windows, begun);
      }
      long read = shards.stream().mapToLong(Shard::tokens).sum();
      progress.begins(read, settings.maxTokens());
      while (windows.hasNext()) {
        long before = read;
        List<TokenTable> taken = new ArrayList<>();
        while (taken.size() < windowsPerShard && windows.hasNext()) {
          taken.add(windows.next());
          read += taken.getLast().size();
        }
        shards.add(
            writer.write(
                shards.size(),
                taken,
                settings.batch(),
                begun,
                done -> progress.read(before + done, settings.maxTokens())));
        begun.clear();
        manifest = new CaptureManifest(CaptureManifest.FORMAT, manifest.settings(), shards, false);
        manifest.write(folder);
        out.keep();
      }
    } catch (ShardWriter.Stopped stopped) {
      return manifest;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (shards.isEmpty()) {
      throw new IOException(settings.tooLittle(source));
    }
    if (!source.identity().equals(manifest.settings().get(TEXT_IDENTITY))) {
      throw new IOException(
          ("%s: the text was changed while it was read, so the capture is of no text that there is;"
                  + " capture into another folder")
              .formatted(source.description()));
    }
    manifest = new CaptureManifest(CaptureManifest.FORMAT, manifest.settings(), shards, true);
    manifest.write(folder);
    return manifest;
  }

  /// Skips the windows of a shard that is there, checking that they are of the same text.
  private static void skip(
      Path folder, Shard shard, Iterator<TokenTable> windows, List<Document> begun)
      throws IOException {
    for (long i = 0; i < shard.windows() && windows.hasNext(); i++) {
      windows.next();
    }
    if (!Arrays.equals(
        CapturedText.encode(begun), Files.readAllBytes(folder.resolve(shard.text())))) {
      throw new FormatException(
          folder.resolve(shard.text()),
          "text",
          "is no longer that of the files it was read from",
          "bring the files back as they were, or capture into another folder");
    }
    begun.clear();
  }

  /// What the content depends on; for people also the names of model and text.
  private Map<String, String> describe(DocumentSource source) throws IOException {
    Map<String, String> described = new LinkedHashMap<>();
    described.put("model", model.name());
    described.put("text", source.description());
    described.put("model_identity", LanguageModels.identity(model));
    described.put(TEXT_IDENTITY, source.identity());
    described.put("hooks", hooks.stream().map(HookPoint::name).collect(Collectors.joining(" ")));
    described.put("width", CaptureManifest.widths(hooks.stream().map(model::width).toList()));
    described.put("dtype", dtype.name());
    described.put("window_length", Integer.toString(settings.windowLength()));
    described.put("batch", Integer.toString(settings.batch()));
    described.put("max_tokens", Long.toString(settings.maxTokens()));
    described.put(
        "keep_window_starts",
        switch (settings.kept()) {
          case ALL -> "true";
          case BEHIND_STARTS -> "false";
          case NOT_SPECIAL -> "false, nor any special token";
        });
    OptionalInt start = model.tokenizer().documentStart();
    described.put("document_start", start.isPresent() ? "token " + start.getAsInt() : "none");
    described.put("windows_per_shard", Integer.toString(windowsPerShard));
    return described;
  }

  /// A process that died may have left the shard behind the last one that the manifest names. Those
  /// behind it are somebody else's.
  private static void requireNothingBehind(Path folder, int shards) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      List<String> foreign =
          content
              .map(each -> each.getFileName().toString())
              .filter(name -> name.matches("(shard-\\d{5}\\.safetensors|text-\\d{5}\\.jsonl)"))
              .filter(name -> Integer.parseInt(name.replaceAll("\\D", "")) > shards)
              .sorted()
              .toList();
      if (!foreign.isEmpty()) {
        throw new IOException(
            "%s: is no part of the capture there, which has %,d shards, and would be lost; move it"
                    .formatted(folder.resolve(foreign.getFirst()), shards)
                + " away, or capture into another folder");
      }
    }
  }

  private CaptureManifest begin(Path folder, Map<String, String> wanted) throws IOException {
    if (!CaptureManifest.isIn(folder)) {
      CaptureManifest fresh = new CaptureManifest(CaptureManifest.FORMAT, wanted, List.of(), false);
      fresh.write(folder);
      return fresh;
    }
    CaptureManifest manifest = CaptureManifest.read(folder);
    manifest.requireSame(folder, wanted);
    for (Shard shard : manifest.shards()) {
      shard.verify(folder);
    }
    if (!manifest.complete()) {
      requireNothingBehind(folder, manifest.shards().size());
    }
    return manifest;
  }
}
