// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.named;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file channel whose failures are [FileSystemException]s with the name of the file.
public final class NamedChannel extends FileChannel {
  private final FileChannel channel;
  private final Path name;

  /// @param channel does the work, and is closed with this one
  /// @param name that a user knows the file by
  public NamedChannel(FileChannel channel, Path name) {
    this.channel = channel;
    this.name = name;
  }

  @FunctionalInterface
  private interface Work<T> {
    T run() throws IOException;
  }

  private <T> T named(Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (FileSystemException | ClosedChannelException known) {
      throw known;
    } catch (IOException unnamed) {
      throw (IOException)
          new FileSystemException(name.toString(), null, unnamed.getMessage()).initCause(unnamed);
    }
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    return named(() -> channel.read(to));
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) throws IOException {
    return named(() -> channel.read(to, offset, length));
  }

  @Override
  public int read(ByteBuffer to, long position) throws IOException {
    return named(() -> channel.read(to, position));
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    return named(() -> channel.write(from));
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    return named(() -> channel.write(from, offset, length));
  }

  @Override
  public int write(ByteBuffer from, long position) throws IOException {
    return named(() -> channel.write(from, position));
  }

  @Override
  public long position() throws IOException {
    return named(channel::position);
  }

  @Override
  public FileChannel position(long position) throws IOException {
    named(() -> channel.position(position));
    return this;
  }

  @Override
  public long size() throws IOException {
    return named(channel::size);
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    named(() -> channel.truncate(size));
    return this;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    named(
        () -> {
          channel.force(metadata);
          return true;
        });
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel to) throws IOException {
    return channel.transferTo(position, count, to); // either side may have failed
  }

  @Override
  public long transferFrom(ReadableByteChannel from, long position, long count) throws IOException {
    return channel.transferFrom(from, position, count); // either side may have failed
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    return named(() -> channel.map(mode, position, size));
  }

  @Override
  public MemorySegment map(MapMode mode, long position, long size, Arena arena) throws IOException {
    return named(() -> channel.map(mode, position, size, arena));
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return named(() -> channel.lock(position, size, shared));
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return channel.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    named(
        () -> {
          channel.close();
          return true;
        });
  }
}
