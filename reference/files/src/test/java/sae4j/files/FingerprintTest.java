// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {
  @TempDir private Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 65_535, 65_536, 65_537, 1 << 20})
  void a_single_bit_anywhere_in_a_small_file_changes_it(int size) throws IOException {
    byte[] content = new byte[size];
    Path file = Files.write(folder.resolve("file"), content);
    Set<String> sums = new HashSet<>(Set.of(Fingerprint.of(file)));
    for (int at : new int[] {0, size / 2, size - 1}) {
      byte[] changed = content.clone();
      changed[at] ^= 1;
      sums.add(Fingerprint.of(Files.write(file, changed)));
    }
    assertThat(sums)
        .hasSize(1 + (int) Arrays.stream(new int[] {0, size / 2, size - 1}).distinct().count());
    assertThat(sums).contains(Fingerprint.of(Files.write(file, content)));
    assertThat(sums).doesNotContain(Fingerprint.of(Files.write(file, new byte[size + 1])));
  }

  @Test
  void the_ends_of_a_large_file_and_its_size_change_it() throws IOException {
    Path file = folder.resolve("large");
    long size = (64L << 20) + 12_345;
    Set<String> sums = new HashSet<>();
    for (long at : new long[] {-1, 0, size - 1}) {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.truncate(0);
        channel.write(ByteBuffer.allocate(1), size - 1);
        if (at >= 0) {
          channel.write(ByteBuffer.wrap(new byte[] {1}), at);
        }
      }
      sums.add(Fingerprint.of(file));
    }
    assertThat(sums).hasSize(3);
  }

  @Test
  void a_folder_is_known_by_the_names_and_content_of_what_is_not_hidden() throws IOException {
    Path one = tree("one", "weights", "a");
    assertThat(Fingerprint.of(tree("two", "weights", "a"))).isEqualTo(Fingerprint.of(one));
    assertThat(Fingerprint.of(tree("three", "weights", "b"))).isNotEqualTo(Fingerprint.of(one));
    assertThat(Fingerprint.of(tree("four", "other", "a"))).isNotEqualTo(Fingerprint.of(one));
    String before = Fingerprint.of(one);
    Files.writeString(one.resolve(".lock"), "x");
    assertThat(Fingerprint.of(one)).isEqualTo(before);
  }

  @Test
  void a_link_that_leads_back_changes_nothing(@TempDir Path place) throws IOException {
    Files.writeString(place.resolve("a.txt"), "a");
    String before = Fingerprint.of(place);
    Files.createSymbolicLink(place.resolve("self"), Path.of("."));
    assertThat(Fingerprint.of(place)).isEqualTo(before);
    Path elsewhere = Files.createDirectories(place.resolve(".hidden/folder"));
    Files.writeString(elsewhere.resolve("b.txt"), "b");
    Files.createSymbolicLink(place.resolve("linked"), elsewhere);
    assertThat(Fingerprint.of(place)).isNotEqualTo(before);
  }

  @Test
  void files_are_known_in_any_place_by_their_last_names_and_content() throws IOException {
    Path here = tree("x/corpus", "a.txt", "text");
    Path there = tree("y/corpus", "a.txt", "text");
    String sum = Fingerprint.of(List.of(here));
    assertThat(Fingerprint.of(List.of(there))).isEqualTo(sum);
    assertThat(Fingerprint.of(List.of(there, here))).isNotEqualTo(sum);
    Files.writeString(there.resolve("a.txt"), "tixt");
    assertThat(Fingerprint.of(List.of(there))).isNotEqualTo(sum);
  }

  @Test
  void of_many_files_each_is_looked_at() throws IOException {
    Path many = folder.resolve("many");
    for (int i = 0; i < 20_000; i++) {
      tree("many/" + i % 100, i + ".txt", "text");
    }
    String sum = Fingerprint.of(List.of(many));
    Files.writeString(many.resolve("7/107.txt"), "tixt");
    assertThat(Fingerprint.of(List.of(many))).isNotEqualTo(sum);
  }

  @Test
  void rows_are_known_by_their_number_and_values() {
    float[][] rows = {{1, 2}, {3, 4}, {5, 6}};
    String sum = Fingerprint.ofRows(3, row -> rows[(int) row]);
    assertThat(Fingerprint.ofRows(3, row -> rows[(int) row].clone())).isEqualTo(sum);
    assertThat(Fingerprint.ofRows(2, row -> rows[(int) row])).isNotEqualTo(sum);
    float[][] changed = {{1, 2}, {3, 4}, {5, Math.nextUp(6f)}};
    assertThat(Fingerprint.ofRows(3, row -> changed[(int) row])).isNotEqualTo(sum);
  }

  @Test
  void texts_are_known_by_their_order_and_where_they_end() {
    String sum = Fingerprint.ofTexts(List.of("ab", "c"));
    assertThat(Fingerprint.ofTexts(List.of("ab", "c"))).isEqualTo(sum).hasSize(32);
    assertThat(Fingerprint.ofTexts(List.of("a", "bc"))).isNotEqualTo(sum);
    assertThat(Fingerprint.ofTexts(List.of("c", "ab"))).isNotEqualTo(sum);
  }

  private Path tree(String name, String file, String content) throws IOException {
    Path tree = Files.createDirectories(folder.resolve(name));
    Files.writeString(tree.resolve(file), content);
    return tree;
  }
}
