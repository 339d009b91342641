// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Table;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.ModelFacts;

/// What `sae info` says of a language model.
final class ModelInfo {
  private ModelInfo() {}

  static void print(LanguageModel model, boolean json, Console console) {
    model.notes().forEach(console::say);
    if (json) {
      console.print(Json.line(asJson(model)));
      return;
    }
    ModelFacts facts = model.facts();
    Table table = Table.withColumns(model.name(), facts.family());
    table.row("parameters", "%,d".formatted(facts.parameters()));
    table.row("memory", "%,d MiB in float32".formatted(mebibytes(facts.bytesInFloat32())));
    table.row("context", "%,d tokens".formatted(model.contextLength()));
    table.row("vocabulary", "%,d tokens".formatted(model.vocabularySize()));
    table.row("scores tokens", model.scoresTokens() ? "yes" : "no, it has no unembedding");
    table.printTo(console.out());
    console.print("");
    Table hooks = Table.withColumns("hook point", ">width", "layers");
    byName(model)
        .forEach(
            (name, found) ->
                hooks.row(
                    "blocks.LAYER." + name,
                    "%,d".formatted(model.width(found.getFirst())),
                    layers(found)));
    hooks.printTo(console.out());
  }

  private static long mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  /// The hook points of each name, in the order of the forward pass.
  private static Map<String, List<HookPoint>> byName(LanguageModel model) {
    Map<String, List<HookPoint>> byName = new LinkedHashMap<>();
    for (HookPoint.Site site : HookPoint.Site.values()) {
      List<HookPoint> found =
          model.hookPoints().stream().filter(hook -> hook.site() == site).toList();
      if (!found.isEmpty()) {
        byName.put(site.label(), found);
      }
    }
    return byName;
  }

  private static String layers(List<HookPoint> hooks) {
    int first = hooks.getFirst().layer();
    int last = hooks.getLast().layer();
    if (hooks.size() == 1) {
      return Integer.toString(first);
    }
    return hooks.size() == last - first + 1
        ? "%d to %d".formatted(first, last)
        : "%d of %d to %d".formatted(hooks.size(), first, last);
  }

  private static ObjectNode asJson(LanguageModel model) {
    ModelFacts facts = model.facts();
    ObjectNode all = Json.object().put("model", model.name()).put("family", facts.family());
    all.put("parameters", facts.parameters()).put("layers", facts.layers());
    all.put("bytes_in_float32", facts.bytesInFloat32());
    all.put("context", model.contextLength()).put("vocabulary", model.vocabularySize());
    all.put("scores_tokens", model.scoresTokens());
    ObjectNode hooks = all.putObject("hooks");
    model.hookPoints().forEach(hook -> hooks.put(hook.name(), model.width(hook)));
    return all;
  }
}
