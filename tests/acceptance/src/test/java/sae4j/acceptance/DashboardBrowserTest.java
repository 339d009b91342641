// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.acceptance.Launcher.Ended;

/// The dashboard that `sae demo` writes, in a browser: opened from disk, searched, sorted, used by
/// keyboard, in light and dark, on a phone. Where there is no Chromium, all of this is skipped.
class DashboardBrowserTest {
  private static final List<String> VIEWS = List.of("#/", "#/feature/3", "#/prompt/1");

  private static final String LOOPS =
      """
      class Loops {
        int sum(int[] values) {
          int sum = 0;
          for (int each : values) {
            sum += each > 0 ? each : -each;
          }
          return sum;
        }
      }
      """;

  @TempDir private static Path folder = Path.of("");
  private static Optional<Chromium> started = Optional.empty();
  private static String page = "";

  @BeforeAll
  static void make_a_dashboard() throws Exception {
    Path program = Chromium.programOrSkip();
    Ended ended =
        Launcher.ofProject(folder)
            .run("demo", "--features", "192", "--tokens", "20000", "--steps", "150", "--out", "d");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.err()).contains("open d/index.html in a browser");
    page = folder.resolve("d/index.html").toUri().toString();
    started = Optional.of(Chromium.open(program));
  }

  @AfterAll
  static void close() throws Exception {
    if (started.isPresent()) {
      started.get().close();
    }
  }

  @BeforeEach
  void fresh() throws Exception {
    browser().forget();
    browser().look(1280, 800, "light");
    browser().open(page);
  }

  @AfterEach
  void nothing_went_wrong_and_nothing_left_the_disk() {
    assertThat(browser().complaints()).as("errors in the console").isEmpty();
    assertThat(browser().requests())
        .allMatch(
            url ->
                url.startsWith("file:")
                    || url.startsWith("data:")
                    || url.startsWith("http://127.0.0.1:"));
  }

  private static Chromium browser() {
    return started.orElseThrow();
  }

  private static JsonNode value(String expression) throws Exception {
    return browser().value(expression);
  }

  private static List<String> rows(String column) throws Exception {
    List<String> texts = new ArrayList<>();
    value(
            ("[...document.querySelectorAll('.rows .row')]"
                    + ".map(row => row.querySelector('.%s').innerText)")
                .formatted(column))
        .forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Test
  void the_list_is_searched_by_token() throws Exception {
    String token =
        value("document.querySelector('.rows .chip').textContent.replaceAll('␣', '').trim()")
            .asText();
    int all = value("+document.querySelector('.table').getAttribute('aria-rowcount')").asInt();
    browser().press("/");
    browser().press(token.chars().mapToObj(Character::toString).toArray(String[]::new));
    browser().await("document.querySelector('.table').getAttribute('aria-rowcount') < " + all);

    assertThat(rows("about")).isNotEmpty();
    assertThat(value("document.querySelector('.found').textContent").asText())
        .contains("of 192 features");
    browser().press("Escape", "/");
    value("document.getElementById('search').value = 'no such token'");
    value("document.getElementById('search').dispatchEvent(new Event('input'))");
    assertThat(value("document.querySelector('.found').textContent").asText())
        .isEqualTo("No feature is like that.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"feature", "density", "max", "cosine"})
  void the_list_is_sorted_by_every_number_in_both_directions(String column) throws Exception {
    for (int i = 0; i < 2; i++) {
      value("document.querySelector('[data-sort=%s]').click()".formatted(column));
      boolean ascending =
          value("document.querySelector('.header .%s').getAttribute('aria-sort')".formatted(column))
              .asText()
              .equals("ascending");
      List<Double> numbers =
          rows(column).stream()
              .map(text -> Double.parseDouble(text.replaceAll("[^0-9.−-]", "").replace('−', '-')))
              .map(number -> ascending ? number : -number)
              .toList();
      assertThat(numbers).hasSizeGreaterThan(10).isSorted();
    }
  }

  @Test
  void ten_thousand_features_open_within_a_second_and_scroll() throws Exception {
    Path many = folder.resolve("many");
    copy(folder.resolve("d"), many);
    multiply(many.resolve("dashboard/data/index.js"), 10_000);
    String address = many.resolve("index.html").toUri().toString();
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 3; i++) {
      browser().open(address);
      fastest =
          Math.min(
              fastest,
              value(
                      "new Promise(done => requestAnimationFrame(() => setTimeout(() =>"
                          + " done(Math.max("
                          + "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
                          + " ?? 0,performance.getEntriesByType('navigation')[0].loadEventEnd)))))")
                  .asDouble());
    }
    assertThat(fastest).as("milliseconds to the list").isLessThan(1000);
    assertThat(value("document.querySelectorAll('.rows .row').length").asInt())
        .as("rows that exist")
        .isBetween(10, 60);
    value("scrollTo(0, document.body.scrollHeight / 2)");
    browser().await("document.querySelector('.rows .row').ariaRowIndex > 4000");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }

  private static void multiply(Path index, int features) throws IOException {
    String script = Files.readString(index);
    int begin = "SAE.data(\"index\",".length();
    ObjectNode data =
        (ObjectNode) new JsonMapper().readTree(script.substring(begin, script.lastIndexOf(')')));
    for (String column : List.of("density", "max", "cosine", "peaks", "samples")) {
      ArrayNode values = (ArrayNode) data.get(column);
      for (int i = 0; values.size() < features; i++) {
        values.add(values.get(i));
      }
    }
    Files.writeString(index, script.substring(0, begin) + data + ");");
  }

  @Test
  void a_feature_is_read_by_keyboard_from_the_list_and_back() throws Exception {
    browser().press("j", "j", "j");
    String second = value("document.querySelector('.row.chosen .feature').innerText").asText();
    assertThat(rows("feature").get(2)).isEqualTo(second);
    assertThat(value("document.activeElement.innerText").asText()).isEqualTo(second);
    browser().press("Enter");
    browser()
        .await("document.querySelector('main').dataset.shown === '#/feature/%s'".formatted(second));
    assertThat(value("document.querySelector('h1').innerText").asText())
        .isEqualTo("Feature " + second);
    browser().press("ArrowRight");
    browser().await("location.hash !== '#/feature/%s'".formatted(second));
    browser().press("Escape");
    browser().await("document.querySelector('main').dataset.shown === '#/'");
    browser().press("p");
    browser().await("document.querySelector('main').dataset.shown === '#/prompt'");
    browser().press("ArrowRight", "ArrowRight");
    assertThat(value("document.activeElement.getAttribute('aria-pressed')").asText())
        .isEqualTo("true");
    assertThat(
            value("document.activeElement === document.querySelectorAll('.prompt .token')[1]")
                .asBoolean())
        .isTrue();
    browser().press("?");
    assertThat(value("document.getElementById('keys').open").asBoolean()).isTrue();
  }

  @Test
  void a_feature_shows_its_text_and_numbers() throws Exception {
    browser().show("#/feature/3");

    assertThat(value("[...document.querySelectorAll('h2')].map(h => h.innerText)").toString())
        .contains(
            "Strongest", "Activations", "Next token", "Nearest", "Active together", "Neurons");
    assertThat(value("document.querySelectorAll('.sequence').length").asInt()).isPositive();
    assertThat(value("document.querySelectorAll('.histogram').length").asInt()).isEqualTo(2);
    value("document.querySelector('.sequence summary').click()");
    browser().await("document.querySelector('.sequence .whole .token.lit')");
    value("document.querySelector('.whole .token.peak').focus()");
    assertThat(value("document.getElementById('tip').hidden").asBoolean()).isFalse();
    assertThat(value("document.getElementById('tip').innerText").asText())
        .contains("of its largest");
    assertThat(value("document.querySelector('.whole .quiet').innerText").asText())
        .endsWith(".java");
    value("document.querySelector('.links a').click()");
    browser().await("!location.hash.endsWith('/3')");
  }

  @Test
  void a_prompt_shows_which_features_are_active_where() throws Exception {
    browser().show("#/prompt/1");
    int tokens = value("document.querySelectorAll('.prompt .token').length").asInt();
    assertThat(tokens).isGreaterThan(20);
    assertThat(value("document.querySelectorAll('.prompt .token.lit').length").asInt())
        .isBetween(1, tokens);

    value("document.querySelectorAll('.prompt .token')[7].click()");
    int active = value("document.querySelectorAll('aside li').length").asInt();
    assertThat(active).isPositive();
    value("[...document.querySelectorAll('aside button')].at(-1).click()");
    assertThat(
            value("document.querySelectorAll('.prompt .token')[7].classList.contains('lit')")
                .asBoolean())
        .isTrue();
    value(
        "{ const pick = document.getElementById('pick'); pick.value = 2;"
            + " pick.dispatchEvent(new Event('change')); }");
    browser().await("document.querySelector('main').dataset.shown === '#/prompt/2'");
  }

  @Test
  void a_served_page_reads_what_is_typed() throws Exception {
    Launcher.Running server =
        Launcher.ofProject(folder).start("serve", "--sae", "d", "--port", "0");
    try {
      typeIntoThePageOf(server);
      assertThat(value("document.querySelectorAll('aside li').length").asInt()).isPositive();
      assertThat(value("document.getElementById('pick').selectedOptions[0].text").asText())
          .isEqualTo("The text typed above");
      value(
          "{ const pick = document.getElementById('pick'); pick.value = 0;"
              + " pick.dispatchEvent(new Event('change')); }");
      browser().await("document.querySelector('.prompt').textContent.length > 20");
      assertThat(value("document.getElementById('pick').value").asText()).isEqualTo("0");
      value("document.getElementById('typed').value = ''");
      value("document.getElementById('read').click()");
      browser()
          .await("document.querySelector('.typed [role=status]').textContent.includes('no text')");
    } finally {
      server.process().destroy();
      server.process().waitFor();
    }
  }

  private static void typeIntoThePageOf(Launcher.Running server) throws Exception {
    while (server.process().isAlive() && !Files.readString(server.out()).endsWith("/\n")) {
      Thread.sleep(50);
    }
    browser().open(Files.readString(server.out()).strip() + "#/prompt");
    value("document.getElementById('typed').focus()");
    browser().press("f", "o", "r", " ", "(", "i", "n", "t");
    value("document.getElementById('read').click()");
    browser().await("document.querySelector('.prompt').textContent === 'for (int'");
  }

  /// An AbsTopK SAE has codes on both sides of 0.
  @Test
  void codes_below_zero_are_ranked_and_painted_by_their_magnitude() throws Exception {
    Launcher sae = Launcher.ofProject(folder);
    Files.writeString(folder.resolve("Loops.java"), LOOPS.repeat(40));
    String train =
        "train --model java-gpt2-tiny --text Loops.java --hook blocks.2.hook_resid_post"
            + " --architecture abs-topk --k 8 --features 96 --steps 20 --batch 256 --out signed";
    Ended trained = sae.run(train.split(" ", -1));
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Ended written =
        sae.run("features", "--sae", "signed", "--text", "Loops.java", "--out", "signed-site");
    assertThat(written.exitCode()).as(written.err()).isZero();
    Launcher.Running server =
        sae.start("serve", "--sae", "signed", "--dashboard", "signed-site", "--port", "0");
    try {
      typeIntoThePageOf(server);
      requireRankedByMagnitude();
      value("document.querySelectorAll('.prompt .token')[1].click()");
      List<Double> codes = requireRankedByMagnitude();
      assertThat(codes).hasSize(8).anyMatch(code -> code < 0).anyMatch(code -> code > 0);
      int lowest = codes.indexOf(codes.stream().filter(code -> code < 0).findFirst().orElseThrow());
      value("document.querySelectorAll('aside li button')[%d].click()".formatted(lowest));
      assertThat(
              value("document.querySelectorAll('.prompt .token')[1].classList.contains('lit')")
                  .asBoolean())
          .isTrue();
    } finally {
      server.process().destroy();
      server.process().waitFor();
    }
  }

  /// The codes in the list at the side. On a token the largest comes first; in a whole text the one
  /// that is nearest to what its feature reaches, which the length of its bar says.
  private static List<Double> requireRankedByMagnitude() throws Exception {
    List<Double> bars = new ArrayList<>();
    List<Double> codes = new ArrayList<>();
    for (JsonNode each :
        value(
            "[...document.querySelectorAll('aside li')].map(li => ["
                + "Number(li.querySelector('.value').textContent.replace('\u2212', '-')),"
                + "parseFloat(li.querySelector('.meter span').style.width)])")) {
      codes.add(each.get(0).asDouble());
      bars.add(each.get(1).asDouble());
    }
    assertThat(bars).isNotEmpty().allMatch(bar -> bar > 0 && bar <= 100);
    boolean ofToken =
        value("document.querySelector('aside h2').textContent.startsWith('On')").asBoolean();
    List<Double> ranked = ofToken ? codes.stream().map(Math::abs).toList() : bars;
    assertThat(ranked).isSortedAccordingTo(Comparator.reverseOrder());
    return codes;
  }

  /// The demo's dashboard as if feature 3 had a long name and was active everywhere.
  private static String withAName() throws IOException {
    Path named = folder.resolve("named");
    if (!Files.exists(named)) {
      copy(folder.resolve("d"), named);
      Path index = named.resolve("dashboard/data/index.js");
      String script = Files.readString(index);
      int begin = "SAE.data(\"index\",".length();
      ObjectNode data =
          (ObjectNode) new JsonMapper().readTree(script.substring(begin, script.lastIndexOf(')')));
      ((ObjectNode) data.get("names"))
          .putArray("3")
          .add("Javadoc text of inline tag {@linkplain in a method header")
          .add("F1 0.93");
      ((ArrayNode) data.get("density")).set(3, 0.5);
      Files.writeString(index, script.substring(0, begin) + data + ");");
    }
    return named.resolve("index.html").toUri().toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {360, 800, 1280})
  void a_name_shows_its_f1_and_no_badge_is_clipped(int width) throws Exception {
    browser().look(width, 800, "light");
    browser().open(withAName());
    String row = "[...document.querySelectorAll('.rows .row')].find(r => r.querySelector('.name'))";
    assertThat(value(row + ".querySelector('.quality').innerText").asText()).isEqualTo("F1 0.93");
    for (String part : List.of(".quality", ".flag")) {
      assertThat(
              value(
                      "(row => row.querySelector('.about').getBoundingClientRect().right"
                          + " - row.querySelector('%s').getBoundingClientRect().right)(%s)"
                              .formatted(part, row))
                  .asDouble())
          .as("pixels right of " + part)
          .isGreaterThanOrEqualTo(0);
    }
    browser().show("#/feature/3");
    assertThat(value("document.querySelector('.heading .quality').innerText").asText())
        .isEqualTo("F1 0.93");
  }

  @ParameterizedTest
  @ValueSource(strings = {"#/feature/99999", "#/feature/192", "#/feature/1.5", "#/feature/-1"})
  void a_feature_that_is_not_there_is_said_to_be_missing(String hash) throws Exception {
    browser().show(hash);
    assertThat(value("document.querySelector('h1').innerText").asText())
        .isEqualTo("There is no feature " + hash.substring("#/feature/".length()));
    assertThat(value("document.querySelector('main').innerText").asText())
        .contains("192 features", "0 to 191");
    value("document.querySelector('main a').click()");
    browser().await("document.querySelector('.rows')");
  }

  @Test
  void other_addresses_that_lead_nowhere_say_so() throws Exception {
    browser().show("#/prompt/99");
    assertThat(value("document.querySelector('h1').innerText").asText())
        .isEqualTo("There is no text 99");
    browser().show("#/nothing");
    assertThat(value("document.querySelector('h1').innerText").asText())
        .isEqualTo("There is no page nothing");
    browser().press("Escape");
    browser().await("document.querySelector('.rows')");
  }

  @Test
  void the_features_of_a_prompt_are_shown_to_the_last() throws Exception {
    browser().show("#/prompt/1");
    int more =
        Integer.parseInt(
            value("document.querySelector('.more').innerText").asText().replaceAll("\\D", ""));
    int shown = value("document.querySelectorAll('aside li').length").asInt();
    value("document.querySelector('.more').click()");
    assertThat(value("document.querySelectorAll('aside li').length").asInt())
        .isEqualTo(shown + more);
    assertThat(value("document.querySelector('.more')").isNull()).isTrue();
    int active =
        value(
                "SAE.load('prompts').then(all => new Set(all[1].active.flatMap("
                    + "list => list.filter((_, i) => i % 2 === 0))).size)")
            .asInt();
    assertThat(shown + more).isEqualTo(active);
  }

  @Test
  void a_feature_is_found_by_a_word_that_no_peak_token_holds() throws Exception {
    JsonNode found =
        value(
            """
            (async () => {
              const [words, index, tokens] =
                await Promise.all(['words', 'index', 'tokens'].map(SAE.load));
              const isPeak = word => index.peaks.some(peaks =>
                peaks.some(token => tokens[token].toLowerCase().includes(word)));
              const onlyInText = (list, others) => words.words
                .map((word, n) => [word, n])
                .filter(([word, n]) => word.length > 5 && !isPeak(word)
                  && words[list].some(each => each.includes(n))
                  && !words.words.some((other, m) => other.includes(word)
                    && words[others].some(each => each.includes(m))))[0];
              const [on, number] = onlyInText('on', 'beside') || [];
              const [beside] = onlyInText('beside', 'on') || [];
              return { on, feature: words.on.findIndex(each => each.includes(number)), beside };
            })()
            """);
    search(found.path("on").asText());
    assertThat(rows("feature")).contains(found.path("feature").asText());
    assertThat(value("document.querySelector('.found').innerText").asText())
        .contains("of 192 features");

    search(found.path("beside").asText());
    assertThat(rows("feature")).isNotEmpty();
    assertThat(value("document.querySelector('.found').innerText").asText())
        .startsWith("No feature is active on this;");
  }

  private static void search(String query) throws Exception {
    value(
        "{ const field = document.getElementById('search'); field.value = '%s';".formatted(query)
            + " field.dispatchEvent(new Event('input')); }");
    value("SAE.load('words').then(() => new Promise(done => setTimeout(done, 50)))");
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void all_text_has_the_contrast_that_people_need(String colours) throws Exception {
    browser().look(1280, 800, colours);
    for (String view : VIEWS) {
      browser().show(view);
      value("document.querySelector('.sequence summary')?.click()");
      JsonNode poor = value(Contrast.POOR);
      assertThat(poor).as(view + " in " + colours).isEmpty();
    }
  }

  @Test
  void a_phone_shows_every_view_without_scrolling_sideways() throws Exception {
    browser().look(360, 740, "light");
    for (String view : VIEWS) {
      browser().show(view);
      value("document.querySelector('.sequence summary')?.click()");
      assertThat(
              value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                  .asInt())
          .as("pixels to scroll sideways in " + view)
          .isZero();
      assertThat(
              value(
                      "[...document.querySelectorAll('button, a, select, input')].filter(e =>"
                          + " e.checkVisibility() && !e.closest('.skip') &&"
                          + " e.getBoundingClientRect().right > 361).length")
                  .asInt())
          .as("controls that stand out in " + view)
          .isZero();
    }
  }

  @Test
  void dark_and_light_change_at_a_key_and_are_remembered() throws Exception {
    String paper = "getComputedStyle(document.body).backgroundColor";
    String light = value(paper).asText();
    browser().press("t");
    String dark = value(paper).asText();
    assertThat(dark).isNotEqualTo(light);
    browser().open(page);
    assertThat(value(paper).asText()).isEqualTo(dark);
    browser().press("t");
    assertThat(value(paper).asText()).isEqualTo(light);
    value("localStorage.clear()");
  }

  @Test
  void every_control_has_a_name_and_shows_when_it_is_focused() throws Exception {
    for (String view : VIEWS) {
      browser().show(view);
      JsonNode nameless =
          value(
              "[...document.querySelectorAll('button, a, select, input, textarea, [role=button]')]"
                  + ".filter(e => e.checkVisibility() && !(e.ariaLabel || e.innerText.trim()"
                  + " || e.title || e.textContent)).map(e => e.outerHTML)");
      assertThat(nameless).as(view).isEmpty();
      browser().press("Tab", "Tab", "Tab");
      assertThat(value("getComputedStyle(document.activeElement).outlineStyle").asText())
          .as("outline of the focused control in " + view)
          .isNotEqualTo("none");
    }
  }
}
