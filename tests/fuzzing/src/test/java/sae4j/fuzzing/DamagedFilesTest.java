// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.fuzzing.Fuzzing.Fault;

/// Damaged and mislabelled files are refused in one line that names them, or make no difference.
///
/// A format without checksums cannot tell a changed weight from another weight. Where the result is
/// another, [PlainReader] has to find a whole file, by the letter of the format; a JSON file that
/// [JsonDamage] has changed may never give another result, unless a field is merely gone.
class DamagedFilesTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void a_damaged_file_is_refused_by_name_or_makes_no_difference() throws Exception {
    List<Specimen> specimens = Specimens.in(Files.createDirectory(folder.resolve("sound")));
    Path cases = Files.createDirectory(folder.resolve("cases"));
    new Fuzzing(getClass()).run(cases, (own, random) -> damaged(specimens, own, random));
  }

  private static <T> T any(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }

  private static String damaged(List<Specimen> specimens, Path own, SplittableRandom random)
      throws IOException, Fault, InterruptedException {
    Specimen specimen = any(specimens, random);
    Path copy = own.resolve("it");
    Trees.copy(specimen.sound(), copy);
    String file = any(specimen.files(), random);
    Path damaged = copy.resolve(file);
    byte[] sound = Files.readAllBytes(damaged);
    if (sound.length == 0) {
      return "empty as it is";
    }
    String how;
    byte[] bad;
    boolean mayDiffer;
    int kind = random.nextInt(12);
    if (kind < 5 && file.endsWith(".json")) {
      JsonDamage damage = any(Arrays.asList(JsonDamage.values()), random);
      JsonDamage.Damaged done = damage.apply(sound, random);
      how = done.what();
      bad = done.bytes();
      // where an SAE is from is free text, or not known and a threshold is a weight, whatever file
      // it stands in
      mayDiffer =
          damage == JsonDamage.MISSING
              || how.startsWith(".hook_point")
              || how.startsWith(".metadata.model_name")
              || how.startsWith(".jump_relu_threshold");
    } else if (kind == 5) {
      Specimen other = any(specimens, random);
      String theirs = any(other.files(), random);
      how = "holds " + theirs + " of " + other;
      bad = Files.readAllBytes(other.sound().resolve(theirs));
      mayDiffer = true; // a whole file that somebody else would have meant
    } else {
      Damage damage = any(Arrays.asList(Damage.values()), random);
      how = damage.name();
      bad = damage.apply(sound, random);
      mayDiffer = PlainReader.wellFormed(file, bad);
    }
    Files.write(damaged, bad);
    List<String> command = specimen.command(copy);
    Ended ended = Program.run(command);
    try {
      ended.requirePlainWords();
      if (ended.exitCode() != 0) {
        ended.requireNames(names(specimen, copy, damaged));
        return "refused";
      }
      if (specimen.result(copy, ended).equals(specimen.expected())) {
        return Arrays.equals(sound, bad) ? "unchanged" : "no difference";
      }
      if (ended.err().contains("were not read") && ended.err().contains(file)) {
        return "passed over and said";
      }
      if (!mayDiffer) {
        throw new Fault("another result without a word");
      }
      return "other numbers, whole file";
    } catch (Fault fault) {
      throw new Fault(
          "%s, %s, %s: %s%n    sae %s"
              .formatted(specimen, file, how, fault.getMessage(), String.join(" ", command)));
    }
  }

  /// The file's name and those of the folders that it is in. A text may be one of many, and what is
  /// wrong is then that all of them hold nothing.
  private static List<String> names(Specimen specimen, Path copy, Path file) {
    List<String> names = new ArrayList<>();
    if (specimen.name().startsWith("text ")) {
      names.add("more text");
    }
    if (file.endsWith("run.json")) { // a record that names other files well has named them
      names.addAll(List.of("no such file", "is not in the file", "is missing; give"));
    }
    for (Path each : copy.relativize(file)) {
      names.add(each.toString());
    }
    return names;
  }
}
