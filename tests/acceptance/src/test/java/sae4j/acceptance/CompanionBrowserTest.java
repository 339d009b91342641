// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The companion of the article in a browser: opened from disk, moved by its sliders, used by
/// keyboard, in light and dark, on a phone, on paper. Where there is no Chromium, all of this is
/// skipped.
class CompanionBrowserTest {
  private static final String PAGE =
      Launcher.projectRoot().resolve("docs/companion/index.html").toUri().toString();
  private static Optional<Chromium> started = Optional.empty();

  @BeforeAll
  static void start() throws Exception {
    Path program = Chromium.programOrSkip();
    started = Optional.of(Chromium.open(program));
  }

  @AfterAll
  static void close() throws Exception {
    if (started.isPresent()) {
      started.get().close();
    }
  }

  private static Chromium browser() {
    return started.orElseThrow();
  }

  private static JsonNode value(String expression) throws Exception {
    return browser().value(expression);
  }

  private static void show(int width, String colours) throws Exception {
    browser().look(width, 800, colours);
    browser().send("Page.navigate", Map.of("url", "about:blank"));
    browser().await("location.href === 'about:blank'");
    browser().send("Page.navigate", Map.of("url", PAGE));
    browser().await("document.querySelector('main')?.dataset.shown === 'all'");
    browser().await("document.querySelector('[data-figure=lab]').dataset.trained");
  }

  @BeforeEach
  void fresh() throws Exception {
    browser().forget();
    show(1280, "light");
  }

  @AfterEach
  void nothing_went_wrong_and_nothing_left_the_disk() {
    assertThat(browser().complaints()).as("errors in the console").isEmpty();
    assertThat(browser().requests())
        .isNotEmpty()
        .allMatch(
            url -> url.startsWith("file:") || url.startsWith("data:") || url.startsWith("about:"));
  }

  @ParameterizedTest
  @CsvSource({"360, light", "360, dark", "800, light", "800, dark", "1400, light", "1400, dark"})
  void every_text_can_be_read_and_nothing_scrolls_sideways(int width, String colours)
      throws Exception {
    show(width, colours);
    value("document.querySelectorAll('details').forEach(each => each.open = true)");
    assertThat(value(Contrast.POOR)).as("poor contrast").isEmpty();
    assertThat(
            value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .asInt())
        .as("pixels to scroll sideways")
        .isZero();
    assertThat(
            value(
                    "Math.min(...[...document.querySelectorAll('svg text')].map(text =>"
                        + " parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))")
                .asDouble())
        .as("smallest letters of a picture")
        .isGreaterThan(9.5);
    assertThat(
            value("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 60")
                .asBoolean())
        .as("dark")
        .isEqualTo(colours.equals("dark"));
  }

  /// Numbers on the colours of their cells, which the page paints as graphics.
  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void numbers_can_be_read_on_their_colours(String colours) throws Exception {
    show(1280, colours);
    assertThat(
            value(
                    """
                    (() => {
                      const canvas = document.createElement('canvas')
                        .getContext('2d', { willReadFrequently: true });
                      const paper = getComputedStyle(document.body).backgroundColor;
                      const light = (...colours) => {
                        for (const colour of colours) {
                          canvas.fillStyle = colour;
                          canvas.fillRect(0, 0, 1, 1);
                        }
                        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data]
                          .map(c => c / 255)
                          .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                      };
                      const contrast = cell => {
                        const ink = light(getComputedStyle(cell.querySelector('text')).fill);
                        const fill = getComputedStyle(cell.querySelector('rect')).fill;
                        const below = light(paper, fill);
                        const [high, low] = [ink, below].sort((a, b) => b - a);
                        return (high + 0.05) / (low + 0.05);
                      };
                      const cells = [...document.querySelectorAll('.cell:has(text)')];
                      return Math.min(...cells.map(contrast));
                    })()
                    """)
                .asDouble())
        .isGreaterThan(4.5);
  }

  @Test
  void every_picture_is_there_and_says_its_numbers_to_those_who_do_not_see_it() throws Exception {
    assertThat(
            value(
                "[...document.querySelectorAll('[data-figure] .canvas')].map(c =>"
                    + " c.innerText.trim().length + c.querySelectorAll('svg').length)"))
        .hasSize(11)
        .allSatisfy(size -> assertThat(size.asInt()).isPositive());
    assertThat(
            value(
                    "[...document.querySelectorAll('svg')].every(svg => svg.ariaLabel ||"
                        + " svg.getAttribute('aria-label'))")
                .asBoolean())
        .isTrue();
    assertThat(text("[data-figure=forward] .canvas")).contains("encodedRepresentationF 1×8");
    assertThat(text("[data-figure=sparse] .canvas")).contains("2 of 8 codes are not 0");
  }

  private static String text(String selector) throws Exception {
    return value("document.querySelector('%s').innerText".formatted(selector)).asText();
  }

  private static void set(String selector, Object to) throws Exception {
    value(
        "(control => { control.value = '%s'; control.dispatchEvent(new Event('input')); })"
                .formatted(to)
            + "(document.querySelector('%s'))".formatted(selector));
  }

  @ParameterizedTest
  @CsvSource({
    "neuron, 4, superposition", "l1Coefficient, 0.3, loss", "copies, 5, loss",
        "feature, 2, forward",
    "shown, 1, examples", "scale, -1, intervention", "steered, 0, intervention",
        "expansion, 4, model",
    "size, 768, model"
  })
  void every_control_changes_its_picture(String control, String to, String figure)
      throws Exception {
    String canvas = "document.querySelector('[data-figure=%s]').innerHTML".formatted(figure);
    String before = value(canvas).asText();
    set("[data-state=" + control + "]", to);
    assertThat(value(canvas).asText()).isNotEqualTo(before);
  }

  @Test
  void the_input_changes_all_pictures_that_have_it_and_the_sliders_of_all() throws Exception {
    String codes = "[data-figure=sparse] .canvas";
    String before = text(codes);
    set("[data-neuron=\"0\"]", -0.9);
    assertThat(text(codes)).isNotEqualTo(before);
    assertThat(value("[...document.querySelectorAll('[data-neuron=\"0\"]')].map(s => s.value)"))
        .hasSize(2)
        .allSatisfy(slider -> assertThat(slider.asText()).isEqualTo("-0.9"));
    assertThat(value("document.querySelector('[data-mixture]').value").asText())
        .isEqualTo("something else");
  }

  @Test
  void the_shapes_follow_the_size() throws Exception {
    String shapes = "[...document.querySelectorAll('[data-shape=BF]')].map(s => s.textContent)";
    assertThat(value(shapes).get(0).asText()).isEqualTo("32×49,152");
    set("[data-state=size]", 768);
    set("[data-state=expansion]", 3);
    set("[data-state=tokens]", 0);
    assertThat(value(shapes).get(0).asText()).isEqualTo("1×6,144");
    assertThat(text("[data-figure=model] .canvas")).contains("768×6,144");
  }

  @ParameterizedTest
  @CsvSource({"2, true, 16", "0, true, 4", "1, false, 8"})
  void the_lab_trains_what_is_asked_for(int expansion, boolean unitNorm, int features)
      throws Exception {
    set("[data-state=labExpansion]", expansion);
    if (!unitNorm) {
      value("document.querySelector('[data-state=unitNorm]').click()");
    }
    String trained = "document.querySelector('[data-figure=lab]').dataset.trained";
    browser().await("%s && JSON.parse(%s).unitNorm === %s".formatted(trained, trained, unitNorm));
    String facts = text("[data-figure=lab] .facts");
    assertThat(facts).contains("of " + features).contains("600");
    assertThat(facts.contains("1.00 … 1.00")).isEqualTo(unitNorm);
  }

  @Test
  void a_name_lights_up_in_both_languages_and_in_the_pictures() throws Exception {
    value(
        "document.querySelector('.java [data-v=encodedrepresentation]').dispatchEvent(new"
            + " PointerEvent('pointerover', { bubbles: true }))");
    for (String place : List.of(".python b", ".java b", ".shapes button", ".matrix")) {
      assertThat(value("document.querySelectorAll('%s.lit').length".formatted(place)).asInt())
          .as(place)
          .isPositive();
    }
    assertThat(
            value(
                    "[...document.querySelectorAll('.lit')].every(e => e.dataset.v ==="
                        + " 'encodedrepresentation')")
                .asBoolean())
        .isTrue();
    value(
        "document.querySelector('h1').dispatchEvent(new PointerEvent('pointerover', { bubbles: true"
            + " }))");
    assertThat(value("document.querySelectorAll('.lit').length").asInt()).isZero();
  }

  @Test
  void the_keyboard_reaches_names_sliders_and_solutions() throws Exception {
    List<String> reached = new ArrayList<>();
    value("document.querySelector('#exercises').previousElementSibling.scrollIntoView()");
    value("document.body.focus()");
    for (int i = 0; i < 60; i++) {
      browser().press("Tab");
      reached.add(
          value(
                  "(e => e.dataset.state ?? (e.dataset.v ? 'name' :"
                      + " e.tagName))(document.activeElement)")
              .asText());
      assertThat(value("getComputedStyle(document.activeElement).outlineStyle").asText())
          .as("focus is seen on %s", reached.getLast())
          .isNotEqualTo("none");
    }
    assertThat(reached).contains("A", "size", "expansion", "neuron", "name");

    value("document.querySelector('[data-state=scale]').focus()");
    browser().press("ArrowRight");
    assertThat(value("document.querySelector('[data-state=scale]').value").asText())
        .isEqualTo("1.6");
    assertThat(text("[data-figure=intervention] label output")).isEqualTo("1.6");
    value("document.querySelector('summary').focus()");
    browser().press("Enter");
    assertThat(value("document.querySelector('details').open").asBoolean()).isTrue();
  }

  @Test
  void the_header_says_where_one_is() throws Exception {
    value("document.querySelector('#loss').scrollIntoView()");
    browser().await("document.querySelector('nav [aria-current]')?.textContent === 'Loss'");
    assertThat(value("parseFloat(document.querySelector('.progress span').style.width)").asDouble())
        .isBetween(10.0, 90.0);
  }

  @Test
  void on_paper_solutions_are_open_and_controls_are_gone() throws Exception {
    browser().send("Page.printToPDF", Map.of());
    assertThat(
            value("[...document.querySelectorAll('details')].every(each => each.open)").asBoolean())
        .isTrue();
    browser().send("Emulation.setEmulatedMedia", Map.of("media", "print"));
    assertThat(value("getComputedStyle(document.querySelector('.controls')).display").asText())
        .isEqualTo("none");
    browser().send("Emulation.setEmulatedMedia", Map.of("media", ""));
  }
}
