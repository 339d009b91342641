// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.process;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Standard output that remembers why it could not be written: Java's own only forgets it.
public final class StandardOutput extends PrintWriter {
  private final Remembering remembering;

  /// Of this process.
  public StandardOutput() {
    this(new Remembering(new FileOutputStream(FileDescriptor.out)));
  }

  /// @param stream that is written to, as it is
  public StandardOutput(OutputStream stream) {
    this(new Remembering(stream));
  }

  private StandardOutput(Remembering remembering) {
    super(remembering, true, StandardCharsets.UTF_8);
    this.remembering = remembering;
  }

  /// Why something was lost; null as long as nothing was.
  public @Nullable IOException failure() {
    flush();
    return remembering.failure;
  }

  private static final class Remembering extends OutputStream {
    private final OutputStream stream;
    private @Nullable IOException failure;

    Remembering(OutputStream stream) {
      this.stream = stream;
    }

    @Override
    public void write(int each) throws IOException {
      write(new byte[] {(byte) each}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      try {
        stream.write(bytes, from, count);
      } catch (IOException lost) {
        failure = lost;
        throw lost;
      }
    }

    @Override
    public void flush() throws IOException {
      stream.flush();
    }
  }
}
