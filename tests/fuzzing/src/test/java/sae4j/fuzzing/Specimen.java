// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sae4j.fuzzing.Fuzzing.Fault;

/// Sound files, a command that reads them, and what it makes of them.
///
/// @param name for messages
/// @param sound a folder with all the files
/// @param files those that can be damaged, by their paths in it
/// @param command with `@` where the folder is
/// @param results files that the command writes and that belong to its result
/// @param expected the result of the sound files; empty before it is known
record Specimen(
    String name,
    Path sound,
    List<String> files,
    List<String> command,
    List<String> results,
    String expected) {

  /// With the result that the sound files give.
  static Specimen of(
      String name, Path sound, List<String> files, List<String> command, List<String> results)
      throws IOException, Fault, InterruptedException {
    Specimen unknown = new Specimen(name, sound, files, command, results, "");
    Path copy = sound.resolveSibling(sound.getFileName() + "-as-it-is");
    Trees.copy(sound, copy);
    String expected = unknown.result(copy, Program.work(unknown.command(copy)));
    Trees.delete(copy);
    return new Specimen(name, sound, files, command, results, expected);
  }

  /// The command on a copy of the folder.
  List<String> command(Path copy) {
    return command.stream().map(word -> word.replace("@", copy.toString())).toList();
  }

  /// What a run said and wrote, without the place where it did.
  String result(Path copy, Ended ended) throws IOException {
    // the sums of what was read are others where a file is, also where that makes no difference
    String result = ended.out().replaceFirst(",\"inputs\":\\{.*", "}");
    return result.replace(copy.toString(), "@") + Trees.content(copy, results::contains);
  }

  @Override
  public String toString() {
    return name;
  }
}
