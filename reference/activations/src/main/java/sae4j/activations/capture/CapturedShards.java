// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.text.Document;
import sae4j.files.FormatException;
import sae4j.files.StoredTensor;
import sae4j.files.safetensors.Safetensors;
import sae4j.models.HookPoint;

/// The activations at one hook in a folder that [ShardedCapture] wrote, as one matrix: rows are
/// read from the mapped shards when they are asked for, in any order, so a set larger than memory
/// can be trained on in random order. There is no shuffle buffer, because reading a row from an SSD
/// takes about a tenth of a millisecond, less than training on it at the widths that fill a disk
/// (docs/design-notes.md has the figures). A spinning disk would not keep up.
public final class CapturedShards implements ActivationSet, AutoCloseable {
  private final Path folder;
  private final HookPoint hook;
  private final CaptureManifest manifest;
  private final List<Safetensors> files;
  private final List<StoredTensor> matrices;

  /// First row of each shard, then the number of all rows.
  private final long[] firstRows;

  private final int width;

  private CapturedShards(
      Path folder,
      HookPoint hook,
      CaptureManifest manifest,
      List<Safetensors> files,
      List<StoredTensor> matrices,
      int width) {
    this.folder = folder;
    this.hook = hook;
    this.manifest = manifest;
    this.files = files;
    this.matrices = matrices;
    this.width = width;
    this.firstRows = new long[matrices.size() + 1];
    for (int i = 0; i < matrices.size(); i++) {
      firstRows[i + 1] = firstRows[i] + matrices.get(i).rows();
    }
  }

  /// Whether a folder is one that [ShardedCapture] writes.
  public static boolean isCapture(Path folder) {
    return CaptureManifest.isIn(folder);
  }

  /// The names of the hook points that were captured into a folder.
  ///
  /// @throws FormatException if the manifest is damaged or missing
  public static List<String> hooks(Path folder) throws IOException {
    return List.of(CaptureManifest.read(folder).settings().getOrDefault("hooks", "").split(" "));
  }

  /// Opens a folder that holds one hook; see [#open(Path, HookPoint)].
  ///
  /// @throws FormatException also if several were captured; the message lists them
  public static CapturedShards open(Path folder) throws IOException {
    List<String> hooks = hooks(folder);
    if (hooks.size() != 1 || hooks.getFirst().isEmpty()) {
      throw new FormatException(
          folder.resolve(CaptureManifest.FILE),
          "hooks",
          "are %d: %s".formatted(hooks.size(), FormatException.list(hooks)),
          "choose one of them with --hook");
    }
    return open(folder, HookPoint.parse(hooks.getFirst()));
  }

  /// Opens a folder; a capture that is not complete gives what it has so far.
  ///
  /// @throws FormatException if the manifest or a shard is damaged or missing, or the hook was not
  ///     captured
  public static CapturedShards open(Path folder, HookPoint hook) throws IOException {
    CaptureManifest manifest = CaptureManifest.read(folder);
    List<String> hooks = List.of(manifest.settings().getOrDefault("hooks", "").split(" "));
    if (!hooks.contains(hook.name())) {
      throw new FormatException(
          folder.resolve(CaptureManifest.FILE),
          "hooks",
          "are %s, asked is %s".formatted(FormatException.list(hooks), hook),
          "choose one of them, or capture it");
    }
    if (manifest.shards().isEmpty()) {
      throw new FormatException(
          folder.resolve(CaptureManifest.FILE),
          "shards",
          "are none: the capture was stopped before its first was whole",
          "go on with the same sae capture command");
    }
    List<Safetensors> files = new ArrayList<>();
    try {
      List<StoredTensor> matrices = new ArrayList<>();
      for (CaptureManifest.Shard shard : manifest.shards()) {
        shard.verify(folder);
        files.add(Safetensors.open(folder.resolve(shard.file())));
        matrices.add(files.getLast().tensor(hook.name()).withFloats());
        requireRows(files.getLast(), matrices, shard.rows());
      }
      requireWidth(folder, manifest, hook, matrices.getFirst().columns());
      return new CapturedShards(
          folder, hook, manifest, files, matrices, Math.toIntExact(matrices.getFirst().columns()));
    } catch (Throwable failure) {
      files.forEach(Safetensors::close);
      throw failure;
    }
  }

  /// Holds the last matrix to the manifest, and to the first.
  private static void requireRows(Safetensors file, List<StoredTensor> matrices, long rows)
      throws FormatException {
    StoredTensor last = matrices.getLast();
    StoredTensor first = matrices.getFirst();
    if (last.shape().rank() != 2 || last.rows() != rows || last.columns() != first.columns()) {
      throw new FormatException(
          file.path(),
          "tensor " + FormatException.quote(last.name()),
          "is %s, expected %d rows by %s, as wide as the first, %s"
              .formatted(last.info(), rows, CaptureManifest.FILE, first.info()),
          "capture again into another folder");
    }
  }

  private static void requireWidth(
      Path folder, CaptureManifest manifest, HookPoint hook, long columns) throws FormatException {
    String width = manifest.width(hook);
    if (!width.equals(Long.toString(columns))) {
      throw new FormatException(
          folder.resolve(CaptureManifest.FILE),
          "width",
          "is %s at %s, and its shards are %d wide"
              .formatted(FormatException.quote(width), hook, columns),
          "capture again into another folder");
    }
  }

  /// Where in the model the activations were read.
  public HookPoint hook() {
    return hook;
  }

  /// How the folder was made and what it holds.
  public CaptureManifest manifest() {
    return manifest;
  }

  /// What the rows belong to.
  public TokenTable tokens() throws IOException {
    List<int[]> columns = new ArrayList<>();
    for (String name : TokenTable.COLUMNS) {
      List<long[]> parts = new ArrayList<>();
      for (Safetensors file : files) {
        parts.add(file.tensor(name).longs());
      }
      columns.add(
          parts.stream().flatMapToLong(Arrays::stream).mapToInt(Math::toIntExact).toArray());
    }
    return new TokenTable(
        columns.get(0), columns.get(1), columns.get(2), columns.get(3), columns.get(4));
  }

  /// The documents that were read, in the order that [TokenTable#documents] counts them.
  public List<Document> documents() throws IOException {
    List<Document> documents = new ArrayList<>();
    for (CaptureManifest.Shard shard : manifest.shards()) {
      documents.addAll(CapturedText.read(folder.resolve(shard.text())));
    }
    return documents;
  }

  @Override
  public long rows() {
    return firstRows[firstRows.length - 1];
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public void read(long row, float[] into, int offset) {
    int found = Arrays.binarySearch(firstRows, row);
    int shard = found >= 0 ? found : -found - 2;
    // An empty shard begins where the next one does.
    while (matrices.get(shard).rows() == 0) {
      shard++;
    }
    matrices.get(shard).readFloats((row - firstRows[shard]) * width, into, offset, width);
  }

  @Override
  public void close() {
    files.forEach(Safetensors::close);
  }
}
