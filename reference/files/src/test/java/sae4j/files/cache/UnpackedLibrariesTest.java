// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.cache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedLibrariesTest {
  private static final byte[] FIRST = "the first library".getBytes(US_ASCII);
  private static final byte[] SECOND = new byte[200_000];

  @TempDir private Path scratch = Path.of("");
  private Path cache = Path.of("");

  @BeforeEach
  void name_a_cache() {
    cache = scratch.resolve("cache");
  }

  private List<URL> jar(String name, byte[] first) throws IOException {
    Path jar = scratch.resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.putNextEntry(new ZipEntry("native/liba.so"));
      zip.write(first);
      zip.putNextEntry(new ZipEntry("native/libb.so"));
      zip.write(SECOND);
    }
    return List.of(in(jar, "native/liba.so"), in(jar, "native/libb.so"));
  }

  private static URL in(Path jar, String entry) throws IOException {
    return URI.create("jar:" + jar.toUri() + "!/" + entry).toURL();
  }

  private Path unpacked(List<URL> libraries) throws IOException {
    return UnpackedLibraries.folder(cache, "both", libraries).orElseThrow();
  }

  @Test
  void libraries_lie_together_under_their_names_and_are_written_once() throws IOException {
    List<URL> libraries = jar("a.jar", FIRST);
    Path folder = unpacked(libraries);
    assertThat(folder.resolve("liba.so")).hasBinaryContent(FIRST);
    assertThat(folder.resolve("libb.so")).hasBinaryContent(SECOND);

    FileTime longAgo = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(folder.resolve("liba.so"), longAgo);
    assertThat(unpacked(libraries)).isEqualTo(folder);
    assertThat(Files.getLastModifiedTime(folder.resolve("liba.so"))).isEqualTo(longAgo);
  }

  @Test
  void another_version_has_another_folder() throws IOException {
    byte[] changed = FIRST.clone();
    changed[0]++;

    assertThat(unpacked(jar("a.jar", FIRST))).isNotEqualTo(unpacked(jar("b.jar", changed)));
  }

  @Test
  void what_a_full_disk_or_a_killed_process_left_is_made_whole() throws IOException {
    List<URL> libraries = jar("a.jar", FIRST);
    Path folder = unpacked(libraries);
    Files.write(folder.resolve("libb.so"), new byte[10]);

    unpacked(libraries);

    assertThat(folder.resolve("libb.so")).hasBinaryContent(SECOND);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void without_a_jar_an_entry_or_a_place_nothing_is_unpacked() throws IOException {
    Path loose = Files.write(scratch.resolve("libc.so"), FIRST);
    List<URL> libraries = jar("a.jar", FIRST);

    assertThat(UnpackedLibraries.folder(cache, "loose", List.of(loose.toUri().toURL()))).isEmpty();
    assertThat(
            UnpackedLibraries.folder(
                cache, "missing", List.of(in(scratch.resolve("a.jar"), "native/libz.so"))))
        .isEmpty();
    assertThatThrownBy(() -> UnpackedLibraries.folder(loose, "no folder", libraries))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("native code cannot be unpacked into " + loose)
        .hasMessageEndingWith("or let XDG_CACHE_HOME name another folder");
  }

  @Test
  void caches_are_where_the_system_has_them() {
    Path home = Path.of(System.getProperty("user.home"));

    assertThat(UserCache.ofAllPrograms(Map.of())).isEqualTo(home.resolve(".cache"));
    assertThat(UserCache.ofAllPrograms(Map.of("XDG_CACHE_HOME", "~/c")))
        .isEqualTo(home.resolve("c"));
    assertThat(UserCache.ofAllPrograms(Map.of("XDG_CACHE_HOME", "/c"))).isEqualTo(Path.of("/c"));
  }
}
