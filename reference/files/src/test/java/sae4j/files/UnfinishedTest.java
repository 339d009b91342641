// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.output.OutputFolder;
import sae4j.files.output.OutputName;

/// A process that is told to end in the middle of writing leaves nothing of it.
class UnfinishedTest {
  private static final int TERMINATED = 128 + 15;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"file", "folder", "failing", "replacing"})
  void a_process_that_is_told_to_end_leaves_nothing_half_written(String what) throws Exception {
    Path out = Files.createDirectory(folder.resolve("out"));
    boolean replacing = what.equals("replacing");
    if (replacing) {
      Files.writeString(Files.createDirectory(out.resolve("sae")).resolve("0"), "whole");
    }
    Process process = start(Writer.class, what, out.resolve("sae").toString());
    try {
      assertThat(process.getInputStream().read()).as("it writes").isEqualTo('w');
      process.destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(TERMINATED);
    assertThat(folder.resolve("err")).isEmptyFile();
    assertThat(names(out)).isEqualTo(replacing ? List.of("sae") : List.of());
    if (replacing) {
      assertThat(names(out.resolve("sae"))).isNotEmpty();
    }
  }

  @RepeatedTest(5)
  void a_process_that_is_told_to_end_in_the_moment_of_a_claim_leaves_nothing() throws Exception {
    Path out = Files.createDirectory(folder.resolve("out"));
    Process process = start(Claimer.class, out.toString());
    try {
      assertThat(process.getInputStream().read()).as("it claims").isEqualTo('w');
      process.destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(TERMINATED);
    assertThat(folder.resolve("err")).isEmptyFile();
    assertThat(out).isEmptyDirectory();
  }

  /// Claims folders and names, and gives them back, until it is told to end.
  static final class Claimer {
    private static final OutputFolder.Claimant US = new OutputFolder.Claimant("sae test", "1");

    private Claimer() {}

    public static void main(String[] arguments) throws IOException {
      Path out = Path.of(arguments[0]);
      Writer.forever(
          () -> {
            OutputFolder.own(out.resolve("a/b"), US).close();
            OutputName.claim(out.resolve("name"), US).close();
          });
    }
  }

  private Process start(Class<?> program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(folder.resolve("err").toFile()).start();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> content = Files.list(folder)) {
      return content.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  /// Writes until it is told to end.
  static final class Writer {
    private static final byte[] KB = new byte[1000];

    private Writer() {}

    public static void main(String[] arguments) throws IOException {
      Path target = Path.of(arguments[1]);
      switch (arguments[0]) {
        case "file" ->
            AtomicWrite.file(target, channel -> forever(() -> channel.write(ByteBuffer.wrap(KB))));
        case "folder" -> AtomicWrite.folder(target, partial -> forever(() -> deep(partial)));
        case "failing" -> forever(() -> failing(target));
        default -> forever(() -> AtomicWrite.folder(target, Writer::many));
      }
    }

    private static void forever(Unfinished.Naming step) throws IOException {
      for (int steps = 0; ; steps++) {
        if (steps == 10) {
          System.out.print('w');
          System.out.flush();
        }
        step.run();
      }
    }

    private static void deep(Path partial) throws IOException {
      Path deep = NewFile.folder(partial.resolve(System.nanoTime() + "/deep"));
      NewFile.write(deep.resolve("file"), KB);
      AtomicWrite.file(deep.resolve("other"), KB);
    }

    private static void many(Path partial) throws IOException {
      for (int file = 0; file < 100; file++) {
        NewFile.write(partial.resolve(Integer.toString(file)), KB);
      }
    }

    private static void failing(Path target) {
      try {
        AtomicWrite.folder(
            target,
            partial -> {
              many(partial);
              throw new IOException("disk");
            });
      } catch (IOException expected) {
        // It fails again and again.
      }
    }
  }
}
