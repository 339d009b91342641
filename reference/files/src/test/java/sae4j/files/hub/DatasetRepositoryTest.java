// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is different about a repository of data.
class DatasetRepositoryTest {
  private static final HubName STORIES = HubName.parse("hf://datasets/tiny/stories");
  private static final String ROOT = "datasets--tiny--stories/";
  private static final byte[] DATA = new byte[5000];

  static {
    new Random(1).nextBytes(DATA);
  }

  @TempDir private Path cache;

  private final List<String> said = new ArrayList<>();
  private FakeHub fake;

  private final HubProgress progress = new Recorded(said);

  DatasetRepositoryTest() throws IOException {
    fake = new FakeHub(STORIES.toString());
  }

  @BeforeEach
  void fill() {
    fake.with("README.md", "# tiny").with("data/a.parquet", DATA).with("data/b.jsonl", "\"b\"");
  }

  @AfterEach
  void stop() {
    fake.close();
  }

  private Hub hub(boolean offline) {
    return new Hub(new HubSettings(fake.endpoint(), cache, null, offline));
  }

  private static HubFile file(HubListing listing, String path) {
    return listing.files().stream()
        .filter(each -> each.path().equals(path))
        .findAny()
        .orElseThrow();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(cache)) {
      return all.filter(each -> !Files.isDirectory(each))
          .map(each -> cache.relativize(each).toString())
          .filter(each -> !each.startsWith(".locks"))
          .toList();
    }
  }

  @Test
  void it_is_kept_as_the_hubs_own_tools_keep_it_and_the_list_of_its_files_beside()
      throws IOException {
    HubListing listing = hub(false).listing(STORIES, progress);
    hub(false).fetch(listing, List.of(file(listing, "data/a.parquet")), progress);

    assertThat(files())
        .containsExactlyInAnyOrder(
            ROOT + "blobs/" + FakeHub.sha256(DATA),
            ROOT + "refs/main",
            ROOT + "snapshots/" + FakeHub.COMMIT + "/data/a.parquet",
            ROOT + ".sae4j/" + FakeHub.COMMIT + "/.files.json");
    assertThat(cache.resolve(ROOT + "refs/main")).hasContent(FakeHub.COMMIT);
    assertThat(fake.requests)
        .contains(
            "GET /api/datasets/tiny/stories/revision/main",
            "GET /api/datasets/tiny/stories/tree/" + FakeHub.COMMIT,
            "GET /datasets/tiny/stories/resolve/" + FakeHub.COMMIT + "/data/a.parquet");
  }

  @Test
  void without_the_hub_the_same_files_are_known_and_those_that_are_not_here_are_refused()
      throws IOException {
    HubListing listing = hub(false).listing(STORIES, progress);
    hub(false).fetch(listing, List.of(file(listing, "data/b.jsonl")), progress);
    fake.requests.clear();

    HubListing offline = hub(true).listing(STORIES, progress);

    assertThat(offline.files()).isEqualTo(listing.files());
    assertThat(offline.commit()).isEqualTo(FakeHub.COMMIT);
    assertThat(hub(true).cached(offline, file(offline, "data/b.jsonl"))).isPresent();
    assertThat(hub(true).cached(offline, file(offline, "data/a.parquet"))).isEmpty();
    assertThatThrownBy(() -> hub(true).fetch(offline, file(offline, "data/a.parquet"), progress))
        .hasMessageStartingWith(
            "hf://datasets/tiny/stories@%s/data/a.parquet: is not in the cache"
                .formatted(FakeHub.COMMIT))
        .hasMessageContaining("HF_HUB_OFFLINE");
    assertThat(fake.requests).isEmpty();
  }

  /// As where Python has fetched them, or the list was damaged.
  @Test
  void without_the_hub_and_without_a_list_the_files_that_are_here_are_all() throws IOException {
    HubListing listing = hub(false).listing(STORIES, progress);
    hub(false).fetch(listing, List.of(file(listing, "data/b.jsonl")), progress);
    Path list = cache.resolve(ROOT + ".sae4j/" + FakeHub.COMMIT + "/.files.json");
    String evil = "{\"files\": {\"../../evil\": {\"size\": 1, \"blob_id\": \"0\"}}}";
    for (String damaged : List.of("", "[", "{}", evil)) {
      Files.writeString(list, damaged);
      HubListing found = hub(true).cachedListing(STORIES).orElseThrow();
      assertThat(found.files())
          .as(damaged)
          .extracting(HubFile::path)
          .containsExactly("data/b.jsonl");
    }
    Files.delete(list);
    assertThat(hub(true).cachedListing(STORIES.in("data")).orElseThrow().files())
        .extracting(HubFile::path)
        .containsExactly("data/b.jsonl");
    assertThat(hub(true).cachedListing(STORIES.in("other"))).isEmpty();
    assertThat(hub(true).cachedListing(HubName.parse("tiny/stories"))).isEmpty();
  }

  @Test
  void without_the_hub_the_list_of_pythons_tools_says_what_there_is() throws IOException {
    HubListing listing = hub(false).listing(STORIES, progress);
    hub(false).fetch(listing, List.of(file(listing, "data/b.jsonl")), progress);
    Files.delete(cache.resolve(ROOT + ".sae4j/" + FakeHub.COMMIT + "/.files.json"));
    Path trees = Files.createDirectories(cache.resolve(ROOT + "trees"));
    Files.writeString(
        trees.resolve(FakeHub.COMMIT + ".json"),
        """
        {"format_version": 1, "files": {
          "data/a.parquet": {"size": 134, "blob_id": "0a", "lfs_sha256": "0b", "lfs_size": 5000},
          "data/b.jsonl": {"size": 3, "blob_id": "0c"},
          "README.md": {"size": 6, "blob_id": "0d"}}}
        """);
    assertThat(hub(true).cachedListing(STORIES).orElseThrow().files())
        .containsExactly(
            new HubFile("README.md", 6, "0d"),
            new HubFile("data/a.parquet", 5000, "0b"),
            new HubFile("data/b.jsonl", 3, "0c"));
    assertThat(hub(true).cachedListing(STORIES.in("data")).orElseThrow().files()).hasSize(2);
  }

  @Test
  void a_folder_and_a_file_are_known_without_the_rest() throws IOException {
    HubListing folder = hub(false).listing(STORIES.in("data"), progress);
    assertThat(folder.files()).extracting(folder::below).containsExactly("a.parquet", "b.jsonl");
    assertThat(folder.isFile()).isFalse();
    HubListing file = hub(false).listing(STORIES.in("data/b.jsonl"), progress);
    assertThat(file.isFile()).isTrue();
    hub(false).fetch(file, file.files(), progress);
    assertThat(hub(true).listing(STORIES.in("data/b.jsonl"), progress).isFile()).isTrue();
    assertThatThrownBy(() -> hub(false).listing(STORIES.in("data/c"), progress))
        .hasMessageContaining("there is no 'data/c'")
        .hasMessageContaining("sae hub list hf://datasets/tiny/stories ");
  }

  /// The newest commit counts once all that is wanted of it is here.
  @Test
  void a_revision_is_remembered_when_the_last_file_is_here() throws IOException {
    HubListing listing = hub(false).listing(STORIES, progress);
    hub(false).fetch(listing, file(listing, "README.md"), progress);
    assertThat(cache.resolve(ROOT + "refs")).doesNotExist();
    assertThat(hub(true).cachedListing(STORIES)).isEmpty();
    assertThat(hub(true).cachedListing(STORIES.at(FakeHub.COMMIT))).isPresent();
  }

  @Test
  void a_connection_that_breaks_goes_on_behind_the_last_byte() throws IOException {
    AtomicInteger left = new AtomicInteger(3);
    fake.fault =
        exchange -> {
          if (!fake.isStore(exchange) || left.getAndDecrement() <= 0) {
            return false;
          }
          fake.hangUpAfter(exchange, 700);
          return true;
        };
    HubListing listing = hub(false).listing(STORIES, progress);
    hub(false).fetch(listing, List.of(file(listing, "data/a.parquet")), progress);
    assertThat(hub(true).cached(listing, file(listing, "data/a.parquet")).orElseThrow())
        .hasBinaryContent(DATA);
    assertThat(fake.requests).contains("GET /data/a.parquet bytes=2100-");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 | RepoNotFound     | no such repository, or it is private | set HF_TOKEN
          403 | GatedRepo        | is gated                             | /datasets/tiny/stories
          404 | RepoNotFound     | no such repository                   | check the name
          404 | RevisionNotFound | no revision 'main'                   | tiny/stories/commits
          """)
  void a_refusal_names_the_data_set(int code, String error, String what, String remedy) {
    fake.fault =
        exchange -> {
          FakeHub.refuse(exchange, code, error, "so it is");
          return true;
        };
    assertThatThrownBy(() -> hub(false).listing(STORIES, progress))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("hf://datasets/tiny/stories: ")
        .hasMessageContaining(what)
        .hasMessageContaining(remedy);
  }

  @Test
  void a_model_of_the_same_name_is_another() throws IOException {
    HubListing listing = hub(false).listing(STORIES, progress);
    hub(false).fetch(listing, listing.files(), progress);
    assertThat(hub(true).cached(HubName.parse("tiny/stories"))).isEmpty();
    assertThatThrownBy(() -> hub(false).list(HubName.parse("tiny/stories")))
        .hasMessageContaining("no such repository");
  }
}
