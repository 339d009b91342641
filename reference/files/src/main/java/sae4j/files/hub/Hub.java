// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.hub;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// The Hugging Face hub, or a server that answers like it.
///
/// A name is looked up on the hub, and the files that are wanted and not yet in the cache are
/// fetched: a download that broke off goes on where it stopped, and every file is compared with the
/// sum that the hub gives. Where the hub cannot be reached, what is in the cache is used.
public final class Hub {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_FAILURES = 5;
  private static final int MOST_ENTRIES = 1_000_000;
  private static final Duration FIRST_WAIT = Duration.ofMillis(500);

  private final HubSettings settings;
  private final HubConnection connection;

  /// @param settings where it is
  public Hub(HubSettings settings) {
    this.settings = settings;
    this.connection = new HubConnection(settings);
  }

  /// The one that the environment variables of this process name.
  ///
  /// @throws IOException if one of them makes no sense; the message names it
  public static Hub ofEnvironment() throws IOException {
    return new Hub(HubSettings.ofEnvironment());
  }

  /// What a name stands for, by the hub alone.
  ///
  /// @throws IOException if the hub has nothing of that name, refuses it, or cannot be reached; the
  ///     message says what can be done
  public HubListing list(HubName name) throws IOException {
    if (settings.offline()) {
      throw new IOException("%s: HF_HUB_OFFLINE forbids to ask the hub; unset it".formatted(name));
    }
    return patiently(name, HubProgress.SILENT, () -> listed(name));
  }

  private HubListing listed(HubName name) throws IOException {
    String api = name.kind().api(name.repository());
    URI revision =
        URI.create(connection.address(api + "/revision/") + name.revision().replace("/", "%2F"));
    JsonNode about = json(name, revision).page();
    String commit = about.path("sha").asText();
    if (!commit.matches("[0-9a-f]{40}")) {
      throw noHub(name, "gives no commit");
    }
    String tree = api + "/tree/" + commit;
    if (name.path().isEmpty()) {
      return new HubListing(name, commit, files(name, tree, ""));
    }
    // A file has no tree: it stands in the one above it.
    String above = name.path().replaceFirst("(^|/)[^/]*$", "");
    List<HubFile> beside = new ArrayList<>();
    boolean folder = false;
    for (JsonNode entry : entries(name, tree + (above.isEmpty() ? "" : "/" + above), false)) {
      if (entry.path("path").asText().equals(name.path())) {
        folder = entry.path("type").asText().equals("directory");
        if (!folder) {
          beside.add(file(name, entry));
        }
      }
    }
    List<HubFile> files = folder ? files(name, tree, "/" + name.path()) : beside;
    if (files.isEmpty()) {
      throw new HubConnection.Refused(
          "%s: there is no '%s' in that repository; sae hub list %s shows what there is"
              .formatted(name, name.path(), name.in("")));
    }
    return new HubListing(name, commit, files);
  }

  private List<HubFile> files(HubName name, String tree, String path) throws IOException {
    List<HubFile> files = new ArrayList<>();
    for (JsonNode entry : entries(name, tree + path, true)) {
      if (entry.path("type").asText().equals("file")) {
        files.add(file(name, entry));
      }
    }
    files.sort(Comparator.comparing(HubFile::path));
    return files;
  }

  private List<JsonNode> entries(HubName name, String tree, boolean recursive) throws IOException {
    List<JsonNode> entries = new ArrayList<>();
    URI at = URI.create(connection.address(tree) + "?recursive=" + recursive);
    Set<URI> read = new HashSet<>();
    while (true) {
      if (!read.add(at) || entries.size() > MOST_ENTRIES) {
        throw noHub(name, "gives a list of files without an end");
      }
      Page page = json(name, at);
      if (!page.page().isArray()) {
        throw noHub(name, "gives no list of files");
      }
      page.page().forEach(entries::add);
      if (page.next() == null) {
        return entries;
      }
      at = HubConnection.follow(name, at, page.next());
    }
  }

  private HubFile file(HubName name, JsonNode entry) throws IOException {
    String path = entry.path("path").asText();
    JsonNode large = entry.path("lfs");
    String sum = large.path("oid").asText(entry.path("oid").asText());
    JsonNode size = large.has("size") ? large.path("size") : entry.path("size");
    if (path.isEmpty()
        || HubName.isStrange(path)
        || !sum.matches("[0-9a-f]{40}([0-9a-f]{24})?")
        || !size.canConvertToLong()
        || size.asLong() < 0) {
      throw noHub(name, "lists a file that cannot be: " + entry);
    }
    return new HubFile(path, size.asLong(), sum);
  }

  /// An answer that is JSON.
  private record Page(JsonNode page, @Nullable String next) {}

  private Page json(HubName name, URI at) throws IOException {
    try (HubConnection.Answer answer = connection.get(name, at, 0)) {
      return new Page(JSON.readTree(answer.body()), answer.next());
    } catch (JacksonException noJson) {
      throw noHub(name, "answers something else than JSON");
    }
  }

  private IOException noHub(HubName name, String what) {
    return new HubConnection.Refused(
        "%s: the server at %s %s; is HF_ENDPOINT a hub?"
            .formatted(name, settings.endpoint(), what));
  }

  /// The folder, or the file, that a name stands for in the cache, whatever was fetched of it. The
  /// hub is not asked.
  ///
  /// @throws IOException if the cache cannot be read
  public Optional<Path> cached(HubName name) throws IOException {
    return new CachedRepository(settings, name)
        .snapshot(name)
        .map(snapshot -> snapshot.resolve(name.path()))
        .filter(Files::exists);
  }

  /// Fetches what is not in the cache yet.
  ///
  /// @param selection which files are wanted
  /// @param progress hears what is done
  /// @return the folder, or the file, that the name stands for
  /// @throws IOException as [#list], or if a file cannot be fetched or kept, or is not what the hub
  ///     says
  public Path fetch(HubName name, HubSelection selection, HubProgress progress) throws IOException {
    Optional<HubListing> listed = online(name, progress);
    if (listed.isEmpty()) {
      return cached(name).orElseThrow();
    }
    HubListing listing = listed.get();
    List<HubFile> wanted = selection.of(listing);
    if (wanted.isEmpty()) {
      throw new IOException(
          "%s: none of its %,d files is one that is wanted here: %s; check the name"
              .formatted(
                  name,
                  listing.files().size(),
                  FormatException.list(listing.files().stream().map(HubFile::path).toList())));
    }
    CachedRepository repository = new CachedRepository(settings, name);
    for (HubFile file : wanted) {
      place(repository, listing, file, progress);
    }
    // Only now: what was fetched before stands in where the hub cannot be reached.
    repository.remember(name, listing.commit());
    return repository.snapshot(listing.commit()).resolve(name.path());
  }

  private void place(
      CachedRepository repository, HubListing listing, HubFile file, HubProgress progress)
      throws IOException {
    if (listing.name().kind() == RepositoryKind.DATASET) {
      repository.keep(listing); // of a data set, some files look like all
    }
    new HubDownload(connection, repository, listing.name(), listing.commit(), file, progress).run();
    repository.link(listing.commit(), file);
  }

  /// What a name stands for by the hub; empty if it forbids or fails to be asked and the cache
  /// stands in, which is said.
  ///
  /// @throws IOException if the cache has nothing of that name either
  private Optional<HubListing> online(HubName name, HubProgress progress) throws IOException {
    if (settings.offline()) {
      Path cached =
          cached(name)
              .orElseThrow(
                  () ->
                      new IOException(
                          ("%s: is not in the cache %s, and HF_HUB_OFFLINE forbids to fetch it;"
                                  + " unset it")
                              .formatted(name, settings.cache())));
      progress.says(
          "%s: HF_HUB_OFFLINE is set; what is in the cache is used: %s".formatted(name, cached));
      return Optional.empty();
    }
    try {
      return Optional.of(patiently(name, progress, () -> listed(name)));
    } catch (Unreachable unreachable) {
      Path cached = cached(name).orElseThrow(() -> unreachable);
      progress.says("%s; what is in the cache is used: %s".formatted(unreachable.reason(), cached));
      return Optional.empty();
    }
  }

  /// What a name stands for, by the hub, or by what the cache knows where the hub cannot be asked.
  ///
  /// @param progress hears which
  /// @throws IOException as [#fetch]
  public HubListing listing(HubName name, HubProgress progress) throws IOException {
    Optional<HubListing> listed = online(name, progress);
    return listed.isPresent() ? listed.get() : cachedListing(name).orElseThrow();
  }

  /// What a name stands for by the cache alone: all files of its commit if it is the folder of a
  /// data set of which we have fetched something, else those that are there.
  ///
  /// @return empty if the cache has nothing of that name
  /// @throws IOException if the cache cannot be read
  public Optional<HubListing> cachedListing(HubName name) throws IOException {
    CachedRepository repository = new CachedRepository(settings, name);
    Optional<Path> snapshot = repository.snapshot(name);
    if (snapshot.isEmpty() || cached(name).isEmpty()) {
      return Optional.empty();
    }
    HubName pinned = name.at(String.valueOf(snapshot.get().getFileName()));
    Optional<HubListing> listed = repository.listing(pinned);
    return listed.isPresent() ? listed : Optional.of(repository.found(pinned));
  }

  /// Where a file is in the cache.
  ///
  /// @param listing that it is in
  /// @return empty if it was not fetched
  /// @throws IOException if the cache cannot be read
  public Optional<Path> cached(HubListing listing, HubFile file) throws IOException {
    return new CachedRepository(settings, listing.name()).file(listing.commit(), file);
  }

  /// Where the files of a commit are in the cache, or will be.
  public Path snapshot(HubListing listing) {
    return new CachedRepository(settings, listing.name()).snapshot(listing.commit());
  }

  /// Fetches one file that is not in the cache yet, by which others are chosen.
  ///
  /// @throws IOException if it cannot be fetched or kept, or is not what the hub says
  public void fetch(HubListing listing, HubFile file, HubProgress progress) throws IOException {
    if (cached(listing, file).isPresent()) {
      return;
    }
    if (settings.offline()) {
      throw new IOException(
          "%s: is not in the cache %s, and HF_HUB_OFFLINE forbids to fetch it; unset it"
              .formatted(listing.name().in(file.path()), settings.cache()));
    }
    place(new CachedRepository(settings, listing.name()), listing, file, progress);
  }

  /// Fetches those files of a listing that are wanted, and are not in the cache yet.
  ///
  /// @throws IOException if a file cannot be fetched or kept, or is not what the hub says
  public void fetch(HubListing listing, List<HubFile> wanted, HubProgress progress)
      throws IOException {
    for (HubFile file : wanted) {
      fetch(listing, file, progress);
    }
    new CachedRepository(settings, listing.name()).remember(listing.name(), listing.commit());
  }

  /// The hub cannot be reached.
  private static final class Unreachable extends IOException {
    private static final long serialVersionUID = 1;
    private final String reason;

    Unreachable(HubName name, HubSettings settings, IOException cause) {
      super(
          "%s: the hub at %s cannot be reached (%s); check the network, or give a folder"
              .formatted(name, settings.endpoint(), words(cause)),
          cause);
      this.reason = "the hub at %s cannot be reached".formatted(settings.endpoint());
    }

    String reason() {
      return reason;
    }
  }

  /// What is wrong with a connection.
  static String words(IOException broken) {
    return switch (broken) {
      case java.net.UnknownHostException unknown -> "no such host is known";
      case java.net.SocketTimeoutException late -> "no answer in time";
      case java.net.ConnectException closed -> "nobody listens there";
      default ->
          broken.getMessage() == null ? broken.getClass().getSimpleName() : broken.getMessage();
    };
  }

  /// Asks the hub something.
  interface Question<T> {
    T ask() throws IOException;
  }

  /// Asks again where the hub is busy, and where it fails or a connection breaks. Who cannot be
  /// reached at all is asked once.
  private <T> T patiently(HubName name, HubProgress progress, Question<T> question)
      throws IOException {
    for (int failures = 0; ; failures++) {
      try {
        return question.ask();
      } catch (HubConnection.Refused refused) {
        throw refused;
      } catch (HubConnection.Busy busy) {
        if (failures >= MOST_FAILURES) {
          throw new IOException(busy.getMessage() + "; try again later", busy);
        }
        progress.says(
            "%s; asking again in %,d s".formatted(busy.getMessage(), busy.untilThen().toSeconds()));
        sleep(busy.untilThen());
      } catch (java.net.UnknownHostException
          | java.net.ConnectException
          | java.net.SocketTimeoutException
          | javax.net.ssl.SSLException unreachable) {
        throw new Unreachable(name, settings, unreachable);
      } catch (IOException broken) {
        if (failures >= 2) {
          throw new Unreachable(name, settings, broken);
        }
        sleep(FIRST_WAIT.multipliedBy(1L << failures));
      }
    }
  }

  /// Waits.
  ///
  /// @throws IOException if the thread is interrupted
  static void sleep(Duration time) throws IOException {
    try {
      Thread.sleep(time);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("stopped while waiting for the hub", stopped);
    }
  }
}
