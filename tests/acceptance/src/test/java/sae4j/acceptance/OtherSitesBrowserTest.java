// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.acceptance.Launcher.Ended;

/// A page of another origin, in a real browser, tries all that a page can try to read what `sae
/// serve` serves. It even knows the address with its token. The same page reads the same script
/// from a careless server, so that what it finds here is not for want of trying. Where there is no
/// Chromium, this is skipped.
class OtherSitesBrowserTest {
  @TempDir private static Path folder = Path.of("");
  private static Optional<Chromium> started = Optional.empty();
  private static Optional<Launcher.Running> serving = Optional.empty();
  private static Optional<HttpServer> elsewhere = Optional.empty();
  private static String address = "";

  @BeforeAll
  static void serve_a_dashboard_and_a_page_elsewhere() throws Exception {
    Path program = Chromium.programOrSkip();
    Launcher launcher = Launcher.ofProject(folder);
    Ended ended =
        launcher.run("demo", "--features", "64", "--tokens", "6000", "--steps", "20", "--out", "d");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    Launcher.Running server = launcher.start("serve", "--sae", "d", "--port", "0");
    serving = Optional.of(server);
    while (server.process().isAlive() && !Files.readString(server.out()).endsWith("/\n")) {
      Thread.sleep(50);
    }
    address = Files.readString(server.out()).strip();
    elsewhere = Optional.of(careless());
    started = Optional.of(Chromium.open(program));
  }

  /// Another server on this machine, with a page that tries and a script that anybody may read.
  private static HttpServer careless() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          boolean script = exchange.getRequestURI().getPath().endsWith(".js");
          byte[] body =
              (script ? "SAE.data('prompts', ['careless']);" : "<!doctype html><title>x</title>")
                  .getBytes(StandardCharsets.UTF_8);
          exchange
              .getResponseHeaders()
              .set("Content-Type", script ? "text/javascript" : "text/html");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  @AfterAll
  static void close() throws Exception {
    if (started.isPresent()) {
      started.get().close();
    }
    elsewhere.ifPresent(server -> server.stop(0));
    if (serving.isPresent()) {
      serving.get().process().destroy();
      serving.get().process().waitFor();
    }
  }

  /// All that a page can try with a server at ROOT: what each way gave it.
  private static final String TRIES =
      """
      (async root => {
        const script = root + 'dashboard/data/prompts.js';
        const stolen = [];
        window.SAE = { data: (name, value) => stolen.push(name), load: () => {} };
        const loaded = element => new Promise(done => {
          element.onload = () => done('loaded');
          element.onerror = () => done('refused');
          setTimeout(() => done('silent'), 4000);
          document.body.append(element);
        });
        const made = (name, attributes) => Object.assign(document.createElement(name), attributes);
        const text = promise => promise.then(a => a.text()).then(t => t.length, () => 'refused');
        const found = {};
        found.script = await loaded(made('script', { src: script }));
        found.module = await loaded(made('script', { src: script, type: 'module' }));
        found.crossorigin = await loaded(made('script', { src: script, crossOrigin: '' }));
        found.image = await loaded(made('img', { src: root }));
        found.style = await loaded(made('link', { rel: 'stylesheet', href: script }));
        found.fetch = await text(fetch(script));
        found.opaque = await text(fetch(script, { mode: 'no-cors' }));
        found.prompt = await text(fetch(root + 'prompt', {
          method: 'POST', body: '{"text":"a"}', headers: { 'Content-Type': 'application/json' } }));
        found.blind = await text(fetch(root + 'prompt', {
          method: 'POST', mode: 'no-cors', body: '{"text":"a"}' }));
        const frame = made('iframe', { src: root, name: 'frame' });
        await loaded(frame);
        found.frame = (() => {
          try { return frame.contentDocument?.body?.innerText ?? 'refused'; }
          catch (barred) { return 'refused'; }
        })();
        const form = made('form', { action: root + 'prompt', method: 'post', enctype: 'text/plain',
          target: 'frame' });
        form.append(made('input', { name: '{"text":"a', value: '"}' }));
        document.body.append(form);
        form.submit();
        await new Promise(done => setTimeout(done, 500));
        found.form = (() => {
          try { return frame.contentDocument?.body?.innerText ?? 'refused'; }
          catch (barred) { return 'refused'; }
        })();
        const tab = window.open(root);
        await new Promise(done => setTimeout(done, 1500));
        found.tab = (() => {
          try { return tab === null || tab.closed ? 'refused' : tab.document.body.innerText; }
          catch (barred) { return 'refused'; }
        })();
        found.stolen = stolen.length;
        return found;
      })('ROOT')
      """;

  private static JsonNode tried(String root) throws Exception {
    return started.orElseThrow().value(TRIES.replace("ROOT", root));
  }

  /// Another port of the same host is the same site; `localhost` is another site.
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost"})
  void a_page_of_another_origin_reads_nothing(String host) throws Exception {
    int port = elsewhere.orElseThrow().getAddress().getPort();
    Chromium browser = started.orElseThrow();
    browser.send("Page.navigate", Map.of("url", "http://" + host + ":" + port + "/"));
    browser.await("location.port === '%d' && document.readyState === 'complete'".formatted(port));

    JsonNode careless = tried("http://" + host + ":" + port + "/");
    assertThat(careless.path("stolen").asInt())
        .as("the page can read scripts: " + careless)
        .isPositive();
    assertThat(careless.path("fetch").asInt()).isPositive();

    JsonNode found = tried(address);
    assertThat(found.path("stolen").asInt()).as(found.toString()).isZero();
    for (String way : new String[] {"script", "module", "crossorigin", "image", "style"}) {
      assertThat(found.path(way).asText()).as(way).isEqualTo("refused");
    }
    for (String way : new String[] {"fetch", "prompt", "frame", "form", "tab"}) {
      assertThat(found.path(way).asText()).as(way).isEqualTo("refused");
    }
    for (String way : new String[] {"opaque", "blind"}) {
      assertThat(found.path(way).asText()).as(way).isIn("refused", "0");
    }
  }
}
