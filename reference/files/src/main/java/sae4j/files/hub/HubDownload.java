// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import sae4j.files.Fingerprint;

/// Fetches one file into the cache, unless it is there.
///
/// Where the connection breaks, the download goes on behind the last byte that came. It gives up
/// when several attempts in a row bring nothing.
final class HubDownload {
  private static final int BUFFER_BYTES = 1 << 18;
  private static final int MOST_FAILURES = 5;
  private static final Duration FIRST_WAIT = Duration.ofMillis(250);

  private final HubConnection connection;
  private final CachedRepository repository;
  private final HubName name;
  private final HubFile file;
  private final HubProgress progress;
  private final URI address;

  HubDownload(
      HubConnection connection,
      CachedRepository repository,
      HubName name,
      String commit,
      HubFile file,
      HubProgress progress) {
    this.connection = connection;
    this.repository = repository;
    this.name = name;
    this.file = file;
    this.progress = progress;
    this.address =
        connection.address(
            "/%s%s/resolve/%s/%s"
                .formatted(name.kind().prefix(), name.repository(), commit, file.path()));
  }

  /// @throws IOException if the file cannot be fetched or kept, or is not what the hub says
  void run() throws IOException {
    if (repository.has(file)) {
      return;
    }
    try (CachedRepository.Turn _ = repository.turn(file, progress)) {
      if (repository.has(file)) {
        return; // whoever had the turn before has fetched it
      }
      long before = had();
      progress.begins(file, before);
      transfer();
      String sum = sum();
      if (!sum.equals(file.sum()) && before > 0) {
        progress.says(
            "%s: what an earlier download had left is damaged; fetching all of it"
                .formatted(file.path()));
        repository.discard(file);
        transfer();
        sum = sum();
      }
      if (!sum.equals(file.sum())) {
        repository.discard(file);
        throw new IOException(
            "%s: what came has the sum %s, and the hub says %s; it is damaged, try again"
                .formatted(subject(), sum, file.sum()));
      }
      repository.keep(file);
      progress.ends();
    }
  }

  private HubName subject() {
    return name.in(file.path());
  }

  private long had() throws IOException {
    Path unfinished = repository.unfinished(file);
    long size = Files.exists(unfinished) ? Files.size(unfinished) : 0;
    return size <= file.size() ? size : 0;
  }

  private void transfer() throws IOException {
    int failures = 0;
    while (!repository.isComplete(file)) {
      long had = had();
      IOException broken;
      try {
        if (attempt(had)) {
          return;
        }
        broken = new IOException("the connection broke off");
      } catch (HubConnection.Refused refused) {
        throw refused;
      } catch (HubConnection.Busy busy) {
        progress.says(
            "%s; going on in %,d s".formatted(busy.getMessage(), busy.untilThen().toSeconds()));
        Hub.sleep(busy.untilThen());
        broken = busy;
      } catch (Broken connectionBroken) {
        broken = connectionBroken.cause;
      }
      failures = had() > had ? 1 : failures + 1;
      if (failures > MOST_FAILURES) {
        String said =
            broken instanceof HubConnection.Busy
                ? broken.getMessage()
                : "%s: %s".formatted(subject(), Hub.words(broken));
        throw new IOException(
            "%s, at byte %,d of %,d; the same command goes on from there"
                .formatted(said, had(), file.size()));
      }
      Hub.sleep(FIRST_WAIT.multipliedBy(1L << (failures - 1)));
    }
  }

  /// The connection broke, as opposed to the disk.
  private static final class Broken extends Exception {
    private static final long serialVersionUID = 1;
    private final transient IOException cause;

    Broken(IOException cause) {
      super(cause);
      this.cause = cause;
    }
  }

  /// Adds what one answer brings.
  ///
  /// @return whether the file is complete
  private boolean attempt(long had) throws IOException, Broken {
    try (HubConnection.Answer answer = answer(had);
        FileChannel channel = repository.open(file, answer.from())) {
      byte[] buffer = new byte[BUFFER_BYTES];
      long size = answer.from();
      while (size < file.size()) {
        int count = read(answer.body(), buffer, file.size() - size);
        if (count < 0) {
          return false;
        }
        for (ByteBuffer left = ByteBuffer.wrap(buffer, 0, count); left.hasRemaining(); ) {
          channel.write(left);
        }
        size += count;
        progress.received(count);
      }
      channel.force(true);
      return true;
    }
  }

  private HubConnection.Answer answer(long had) throws IOException, Broken {
    try {
      return connection.get(subject(), address, had);
    } catch (HubConnection.Refused | HubConnection.Busy said) {
      throw said;
    } catch (IOException broken) {
      throw new Broken(broken);
    }
  }

  private static int read(InputStream body, byte[] buffer, long most) throws Broken {
    try {
      return body.read(buffer, 0, (int) Math.min(buffer.length, most));
    } catch (IOException broken) {
      throw new Broken(broken);
    }
  }

  /// The sum of what came.
  private String sum() throws IOException {
    Path content = repository.unfinished(file);
    return file.isLarge() ? Fingerprint.sha256(content) : Fingerprint.gitBlob(content);
  }
}
