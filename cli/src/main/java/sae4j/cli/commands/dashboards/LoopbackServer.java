// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.dashboards;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// HTTP/1.1 on the loopback interface, one request a connection. Whatever a peer sends is answered
/// by an [Answer] of ours; what is no request within twenty seconds ends with its connection.
///
/// Java's own server answers a request that it cannot read by itself, or not at all, before any
/// code of its user runs.
final class LoopbackServer implements AutoCloseable {
  private static final int CONNECTIONS_AT_ONCE = 2000;
  private static final int REQUEST_SECONDS = 20;
  private static final int ANSWER_SECONDS = 300;
  private static final int WAITING_TO_CONNECT = 1000;
  private static final long PAUSE_NANOS = 20_000_000;

  private final ServerSocket socket = new ServerSocket();
  private final Handler handler;
  private final Semaphore connections = new Semaphore(CONNECTIONS_AT_ONCE);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("deadlines").factory());

  /// Answers requests.
  @FunctionalInterface
  interface Handler {
    /// @param received to be called when the request has arrived with all of its body, before
    ///     anything that takes long
    /// @throws HttpRequest.Refused instead of an answer
    Answer answer(HttpRequest request, Runnable received) throws IOException, HttpRequest.Refused;
  }

  /// @param port to listen on; 0 for any that is free
  /// @param handler called by many threads
  LoopbackServer(int port, Handler handler) throws IOException {
    this.handler = handler;
    try {
      socket.bind(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), WAITING_TO_CONNECT);
    } catch (IOException taken) {
      close();
      throw taken;
    }
  }

  int port() {
    return socket.getLocalPort();
  }

  void start() {
    Thread.ofPlatform().daemon().name("accepting").start(this::accept);
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket peer = socket.accept();
        threads.execute(() -> serve(peer));
      } catch (IOException | RuntimeException closed) {
        // A peer that is gone already, too many open files, or the end.
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void serve(Socket peer) {
    boolean admitted = connections.tryAcquire();
    Deadline deadline = new Deadline(peer);
    try (peer) {
      deadline.in(REQUEST_SECONDS);
      InputStream in = new BufferedInputStream(peer.getInputStream());
      OutputStream out = new BufferedOutputStream(peer.getOutputStream());
      boolean answered =
          admitted ? answer(in, out, deadline) : send(tooMany(), false, out, deadline);
      if (answered) {
        // What is still being sent would take the answer with it, if the connection ended now.
        peer.shutdownOutput();
        deadline.in(REQUEST_SECONDS);
        in.transferTo(OutputStream.nullOutputStream());
      }
    } catch (IOException | RejectedExecutionException gone) {
      // There is nobody to answer, or nobody who answers any more.
    } finally {
      deadline.none();
      if (admitted) {
        connections.release();
      }
    }
  }

  private static Answer tooMany() {
    return Answer.error(503, "too many connections at once; try again");
  }

  /// @return false where there was no request
  private boolean answer(InputStream in, OutputStream out, Deadline deadline) throws IOException {
    boolean head = false;
    Answer answer;
    try {
      HttpRequest request = HttpRequest.read(in, out);
      if (request == null) {
        return false;
      }
      head = request.method().equals("HEAD");
      answer = handler.answer(request, deadline::none);
    } catch (HttpRequest.Refused refused) {
      answer = refused.answer();
    }
    return send(answer, head, out, deadline);
  }

  private static boolean send(Answer answer, boolean head, OutputStream out, Deadline deadline)
      throws IOException {
    deadline.in(ANSWER_SECONDS);
    answer.send(out, head);
    return true;
  }

  /// When a connection is closed, however far it is.
  private final class Deadline {
    private final Socket peer;
    private @Nullable Future<?> end;

    Deadline(Socket peer) {
      this.peer = peer;
    }

    void in(int seconds) {
      none();
      end = clock.schedule(this::closeQuietly, seconds, TimeUnit.SECONDS);
    }

    void none() {
      if (end != null) {
        end.cancel(false);
      }
    }

    private void closeQuietly() {
      try {
        peer.close();
      } catch (IOException gone) {
        // It is closed.
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    threads.shutdownNow();
    clock.shutdownNow();
  }
}
