// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.chats;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.models.jinja.Template;
import sae4j.models.jinja.syntax.TemplateException;

/// How messages become the text that a model was trained on. It is rendered as the library
/// transformers does it, with no tools and no documents, up to the end of the last message. What
/// day it is a template does not learn, because a text must be the same every day.
public final class ChatTemplate {
  private final Template template;
  private final Map<String, String> tokens;

  private ChatTemplate(Template template, Map<String, String> tokens) {
    this.template = template;
    this.tokens = tokens;
  }

  /// @param source in Jinja
  /// @param tokens special tokens by their names
  /// @throws TemplateException if the template has what is not known here
  public static ChatTemplate of(String source, Map<String, String> tokens)
      throws TemplateException {
    return new ChatTemplate(Template.of(source), Map.copyOf(tokens));
  }

  /// The text of a chat.
  ///
  /// @param messages [Map]s as [JsonValue] makes them
  /// @throws TemplateException if the template refuses them, or does what is not known here
  public String render(List<@Nullable Object> messages) throws TemplateException {
    Map<String, @Nullable Object> values = new HashMap<>(tokens);
    values.put("messages", messages);
    values.put("tools", null);
    values.put("documents", null);
    values.put("add_generation_prompt", false);
    return template.render(values);
  }
}
