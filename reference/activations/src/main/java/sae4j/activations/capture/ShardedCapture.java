package sae4j.activations.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import sae4j.activations.FormatException;
import sae4j.activations.files.DType;
import sae4j.activations.files.Safetensors;
import sae4j.activations.files.TensorData;
import sae4j.activations.models.HookPoint;
import sae4j.activations.models.LanguageModel;
import sae4j.activations.text.DocumentSource;

/// Writes activations to a folder of safetensors shards that can be left at any moment and taken up
/// again.
///
/// Each shard holds a matrix for each hook under the hook's name, and the columns of [TokenTable]
/// as I32 vectors `token_ids`, `documents`, `starts`, `ends` and `positions`. A shard is computed
/// from a fixed number of windows and written as a whole, so a capture that was killed and taken up
/// again gives the same bytes as one that was not. Memory is bounded by one shard and one document.
public final class ShardedCapture {
  private static final long SHARD_BYTES = 256L << 20;

  private final LanguageModel model;
  private final List<HookPoint> hooks;
  private final ActivationCapture.Settings settings;
  private final DType dtype;
  private final int windowsPerShard;

  /// Told of the progress after each batch.
  @FunctionalInterface
  public interface Progress {
    /// @param tokensRead tokens read so far, those of an earlier run included
    /// @param tokensLimit where the capture ends at the latest
    void read(long tokensRead, long tokensLimit);
  }

  /// @param model    what reads; the caller keeps and closes it
  /// @param hooks    where to look, one or more
  /// @param settings how to read
  /// @param dtype    F32, F16 or BF16: how activations are stored
  /// @throws IllegalArgumentException if the type is another, or as [ActivationCapture]
  public ShardedCapture(
      LanguageModel model,
      List<HookPoint> hooks,
      ActivationCapture.Settings settings,
      DType dtype) {
    this(model, hooks, settings, dtype, windowsIn(SHARD_BYTES, model, hooks, settings));
  }

  /// As above, with shards of a size of your own.
  ///
  /// @param windowsPerShard windows read for each shard
  public ShardedCapture(
      LanguageModel model,
      List<HookPoint> hooks,
      ActivationCapture.Settings settings,
      DType dtype,
      int windowsPerShard) {
    if (dtype != DType.F32 && dtype != DType.F16 && dtype != DType.BF16) {
      throw new IllegalArgumentException(
          "capture: element type " + dtype + "; choose F32, F16 or BF16");
    }
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.settings = settings;
    this.dtype = dtype;
    this.windowsPerShard = windowsPerShard;
  }

  private static int windowsIn(
      long bytes, LanguageModel model, List<HookPoint> hooks, ActivationCapture.Settings settings) {
    long batchBytes =
        4L
            * settings.batch()
            * settings.windowLength()
            * model.modelWidth()
            * Math.max(1, hooks.size());
    return Math.toIntExact(settings.batch() * Math.max(1, bytes / batchBytes));
  }

  /// Captures `source` into `folder`, going on where an earlier run under the same settings
  /// stopped.
  ///
  /// @param folder   created where it is missing; the folder above must exist
  /// @param progress told after each batch
  /// @return what the folder holds now
  /// @throws FormatException if the folder holds a capture under other settings, or one of its
  ///     shards is damaged
  /// @throws IOException     if reading or writing fails; the shards that are whole stay
  public CaptureManifest run(DocumentSource source, Path folder, Progress progress)
      throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectory(folder);
    }
    CaptureManifest manifest = begin(folder, describe(source));
    if (manifest.complete()) {
      return manifest;
    }
    ActivationCapture capture = new ActivationCapture(model, hooks, settings);
    List<CaptureManifest.Shard> shards = new ArrayList<>(manifest.shards());
    long read = shards.stream().mapToLong(CaptureManifest.Shard::tokens).sum();
    try (var documents = source.open()) {
      Iterator<TokenTable> windows =
          new TokenWindows(
              documents.iterator(), model.tokenizer(), settings.windowLength(), seen -> {});
      long skip = shards.stream().mapToLong(CaptureManifest.Shard::windows).sum();
      for (long i = 0; i < skip; i++) {
        windows.next();
      }
      while (read < settings.maxTokens() && windows.hasNext()) {
        List<TokenTable> taken = new ArrayList<>();
        long before = read;
        while (taken.size() < windowsPerShard && read < settings.maxTokens() && windows.hasNext()) {
          taken.add(windows.next().first(settings.maxTokens() - read));
          read += taken.getLast().size();
        }
        shards.add(shard(capture, folder, shards.size(), taken, before, progress));
        manifest = new CaptureManifest(CaptureManifest.FORMAT, manifest.settings(), shards, false);
        manifest.write(folder);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    manifest = new CaptureManifest(CaptureManifest.FORMAT, manifest.settings(), shards, true);
    manifest.write(folder);
    return manifest;
  }

  private Map<String, String> describe(DocumentSource source) {
    Map<String, String> described = new LinkedHashMap<>();
    described.put("model", model.name());
    described.put("text", source.description());
    described.put("hooks", hooks.stream().map(HookPoint::name).collect(Collectors.joining(" ")));
    described.put("width", Integer.toString(model.modelWidth()));
    described.put("dtype", dtype.name());
    described.put("window_length", Integer.toString(settings.windowLength()));
    described.put("batch", Integer.toString(settings.batch()));
    described.put("max_tokens", Long.toString(settings.maxTokens()));
    described.put("keep_window_starts", Boolean.toString(settings.keepWindowStarts()));
    described.put("windows_per_shard", Integer.toString(windowsPerShard));
    return described;
  }

  private CaptureManifest begin(Path folder, Map<String, String> wanted) throws IOException {
    // What a killed run had half written; its name says that it never became part of the capture.
    try (DirectoryStream<Path> partials =
        Files.newDirectoryStream(folder, ".{shard-,capture.json}*.partial")) {
      for (Path partial : partials) {
        Files.delete(partial);
      }
    }
    if (!CaptureManifest.isIn(folder)) {
      CaptureManifest fresh = new CaptureManifest(CaptureManifest.FORMAT, wanted, List.of(), false);
      fresh.write(folder);
      return fresh;
    }
    CaptureManifest manifest = CaptureManifest.read(folder);
    for (Map.Entry<String, String> setting : wanted.entrySet()) {
      String there = manifest.settings().getOrDefault(setting.getKey(), "");
      if (!there.equals(setting.getValue())) {
        throw new FormatException(
            folder.resolve(CaptureManifest.FILE),
            setting.getKey(),
            "is "
                + FormatException.quote(there)
                + " in the capture that is there, asked is "
                + FormatException.quote(setting.getValue()),
            "go on with the same settings, or choose another folder");
      }
    }
    for (CaptureManifest.Shard shard : manifest.shards()) {
      verify(folder, shard);
    }
    return manifest;
  }

  private CaptureManifest.Shard shard(
      ActivationCapture capture,
      Path folder,
      int index,
      List<TokenTable> windows,
      long readBefore,
      Progress progress)
      throws IOException {
    List<CapturedActivations> batches = new ArrayList<>();
    long read = readBefore;
    for (int from = 0; from < windows.size(); ) {
      int to = from + 1;
      while (to < windows.size()
          && to - from < settings.batch()
          && windows.get(to).size() == windows.get(from).size()) {
        to++;
      }
      List<TokenTable> batch = windows.subList(from, to);
      batches.add(capture.capture(batch));
      read += batch.stream().mapToLong(TokenTable::size).sum();
      progress.read(read, settings.maxTokens());
      from = to;
    }
    String name = String.format("shard-%05d.safetensors", index);
    write(folder.resolve(name), batches);
    long rows = batches.stream().mapToLong(batch -> batch.tokens().size()).sum();
    return new CaptureManifest.Shard(
        name, rows, read - readBefore, windows.size(), sha256(folder.resolve(name)));
  }

  private void write(Path file, List<CapturedActivations> batches) throws IOException {
    List<TensorData> tensors = new ArrayList<>();
    long rows = batches.stream().mapToLong(batch -> batch.tokens().size()).sum();
    for (HookPoint hook : hooks) {
      RowCursor cursor = new RowCursor(hook, batches.iterator());
      tensors.add(TensorData.rows(hook.name(), rows, model.modelWidth(), cursor::next).as(dtype));
    }
    tensors.add(column("token_ids", batches, TokenTable::ids));
    tensors.add(column("documents", batches, TokenTable::documents));
    tensors.add(column("starts", batches, TokenTable::starts));
    tensors.add(column("ends", batches, TokenTable::ends));
    tensors.add(column("positions", batches, TokenTable::positions));
    Safetensors.write(file, Map.of("format", CaptureManifest.FORMAT), tensors);
  }

  private static TensorData column(
      String name, List<CapturedActivations> batches, Function<TokenTable, int[]> column) {
    long[] values =
        batches.stream()
            .flatMapToInt(batch -> Arrays.stream(column.apply(batch.tokens())))
            .asLongStream()
            .toArray();
    return TensorData.longs(name, values, values.length).as(DType.I32);
  }

  /// Checks a shard against its entry.
  ///
  /// @throws FormatException if it is missing, or its bytes are others than those that were
  ///     written
  static void verify(Path folder, CaptureManifest.Shard shard) throws IOException {
    Path file = folder.resolve(shard.file());
    if (!Files.isRegularFile(file) || !sha256(file).equals(shard.sha256())) {
      throw new FormatException(
          file,
          "checksum",
          "differs from that in " + CaptureManifest.FILE + ", or the file is missing",
          "capture again into another folder");
    }
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"));
      digest.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The rows of one hook, batch after batch.
  private static final class RowCursor {
    private final HookPoint hook;
    private final Iterator<CapturedActivations> batches;
    private CapturedActivations batch;
    private int row;

    RowCursor(HookPoint hook, Iterator<CapturedActivations> batches) {
      this.hook = hook;
      this.batches = batches;
      this.batch = batches.next();
    }

    void next(long ignored, float[] values) {
      while (row == batch.tokens().size()) {
        batch = batches.next();
        row = 0;
      }
      System.arraycopy(batch.at(hook).values(), row++ * values.length, values, 0, values.length);
    }
  }
}
