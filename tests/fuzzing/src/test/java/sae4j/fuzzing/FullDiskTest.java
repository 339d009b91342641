// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.fuzzing.Fuzzing.Fault;

/// A disk that becomes full at any write ends a command in one line that names what could not be
/// written, and leaves what was there and whole files. The disk is a file system of a fixed size
/// where the system lets anybody mount one; elsewhere no file may grow beyond a size.
class FullDiskTest {
  private static final int PAGE = 4096;

  @TempDir private Path folder = Path.of("");
  private final Map<String, Long> sizes = new HashMap<>();

  @Test
  void a_disk_that_is_full_ends_a_command_in_one_line_and_leaves_whole_files() throws Exception {
    Path in = Files.createDirectory(folder.resolve("in"));
    Work.inputs(in);
    boolean mounts = run("unshare -rm mount -t tmpfs none /mnt") == 0;
    Assumptions.assumeTrue(
        mounts || run("bash -c 'ulimit -f 100'") == 0, "no disk can be made small here");
    List<Work> works = Stream.concat(Work.all().stream(), Work.once().stream()).toList();
    new Fuzzing(getClass())
        .run(
            Files.createDirectory(folder.resolve("cases")),
            (own, random) ->
                filled(works.get(random.nextInt(works.size())), in, own, mounts, random));
  }

  private int run(String command) throws IOException, InterruptedException {
    return new ProcessBuilder("bash", "-c", command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  /// How many bytes an undisturbed run leaves.
  private long size(Work work, Path in) throws IOException, InterruptedException, Fault {
    Long known = sizes.get(work.name());
    if (known != null) {
      return known;
    }
    Path place = Files.createDirectories(folder.resolve("whole"));
    Ended ended =
        Launched.sae(place, folder.resolve("logs"), Work.words(work.command(), in, work.name()));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    long size = 0;
    for (Path each : Trees.all(place.resolve(work.name()))) {
      size += Files.isDirectory(each) ? PAGE : (Files.size(each) + PAGE - 1) / PAGE * PAGE;
    }
    sizes.put(work.name(), size);
    return size;
  }

  private String filled(Work work, Path in, Path own, boolean mounts, SplittableRandom random)
      throws IOException, InterruptedException, Fault {
    long bytes = random.nextLong(1, size(work, in) * 5 / 4 + PAGE);
    Path disk = Files.createDirectories(own.resolve("disk"));
    Path after = own.resolve("after");
    Path foreign = own.resolve("foreign");
    Files.writeString(foreign, "somebody's");
    String sae =
        "'"
            + String.join(
                "' '",
                Launched.command(Work.words(work.command(), in, disk.resolve("out").toString())))
            + "'";
    String keep = "; code=$?; cp -a '%s/.' '%s'; exit $code".formatted(disk, after);
    List<String> script =
        mounts
            ? List.of(
                "unshare",
                "-rm",
                "bash",
                "-c",
                "mount -t tmpfs -o size=%d none '%s' && cp '%s' '%s' && "
                        .formatted(bytes + PAGE, disk, foreign, disk)
                    + sae
                    + keep)
            : List.of(
                "bash",
                "-c",
                "cp '%s' '%s'; ulimit -f %d; ".formatted(foreign, disk, bytes / 1024 / 4 + 1)
                    + sae
                    + keep);
    Ended ended = Launched.start(own, own.resolve("logs"), script).await();
    ended.requirePlainWords();
    for (Path each : Trees.all(after)) {
      String name = after.relativize(each).toString();
      if (name.contains(".partial") || name.contains(".replaced") || name.endsWith(".lock")) {
        throw new Fault("%s on %d bytes leaves %s".formatted(work.name(), bytes, name));
      }
      if (Files.isRegularFile(each) && !PlainReader.wellFormed(name, Files.readAllBytes(each))) {
        throw new Fault("%s on %d bytes leaves half of %s".formatted(work.name(), bytes, name));
      }
    }
    if (!Files.exists(after.resolve("foreign"))) {
      throw new Fault(work.name() + " took a foreign file away");
    }
    if (ended.exitCode() == 0) {
      return work.name() + " fits";
    }
    if (ended.exitCode() != 1
        || !ended.lastLine().matches(".*(disk is full|too large).*; .*")
        || !ended.lastLine().contains(disk.toString())
        || ended.lastLine().contains(".partial")) {
      throw new Fault(
          "%s on %d bytes: exit %d: %s"
              .formatted(work.name(), bytes, ended.exitCode(), ended.lastLine()));
    }
    return work.name() + " refused";
  }
}
