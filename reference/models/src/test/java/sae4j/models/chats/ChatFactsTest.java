// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.chats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.files.FormatException;

final class ChatFactsTest {
  @TempDir private Path folder;

  private ChatFacts facts() throws IOException {
    return ChatFacts.of(
        json("tokenizer_config.json"),
        json("special_tokens_map.json"),
        name -> Optional.of(folder.resolve(name)).filter(Files::isRegularFile));
  }

  private JsonNode json(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file)
        ? new ObjectMapper().readTree(file.toFile())
        : MissingNode.getInstance();
  }

  private void config(String json) throws IOException {
    Files.writeString(folder.resolve("tokenizer_config.json"), json);
  }

  @Test
  void the_template_is_a_text_or_the_default_of_several() throws IOException {
    assertThat(facts().template()).isNull();
    config("{\"chat_template\": \"one\", \"bos_token\": \"<s>\", \"eos_token\": null}");
    assertThat(facts().template()).isEqualTo("one");
    assertThat(facts().tokens()).isEqualTo(Map.of("bos_token", "<s>"));
    config(
        """
        {"chat_template": [{"name": "rag", "template": "r"}, {"name": "default", "template": "d"}],
         "eos_token": {"content": "</s>", "lstrip": false}}
        """);
    assertThat(facts().template()).isEqualTo("d");
    assertThat(facts().tokens()).isEqualTo(Map.of("eos_token", "</s>"));
    config("{\"chat_template\": [{\"name\": \"a\", \"template\": \"x\"}, {\"name\": \"b\"}]}");
    assertThat(facts().template()).isNull();
  }

  @Test
  void a_template_in_a_file_of_its_own_goes_first() throws IOException {
    config("{\"chat_template\": \"config\"}");
    Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": \"json\"}");
    assertThat(facts().template()).isEqualTo("config"); // the other is for processors
    Files.createDirectory(folder.resolve("additional_chat_templates"));
    Files.writeString(folder.resolve("additional_chat_templates/default.jinja"), "default");
    assertThat(facts().template()).isEqualTo("default");
    Path alone = Files.writeString(folder.resolve("chat_template.jinja"), "jinja");
    assertThat(facts().template()).isEqualTo("jinja");
    assertThat(facts().place()).isEqualTo(alone);
  }

  @Test
  void where_the_tokenizer_has_none_the_template_of_the_processor_is_read() throws IOException {
    config("{}");
    Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": \"json\"}");
    assertThat(facts().template()).isEqualTo("json");
  }

  @Test
  void one_template_that_is_not_the_default_is_none() throws IOException {
    config("{\"chat_template\": [{\"name\": \"rag\", \"template\": \"r\"}]}");
    assertThat(facts().template()).isNull();
  }

  @Test
  void tokens_that_a_tokenizer_names_itself_are_known() throws IOException {
    config(
        """
        {"image_token": "<img>", "bos_token": {"content": "<s>"}, "pad_token": null,
         "add_bos_token": true, "extra_special_tokens": {"boi_token": "<boi>"}}
        """);
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"<p>\"}");
    assertThat(facts().tokens())
        .isEqualTo(Map.of("image_token", "<img>", "bos_token", "<s>", "boi_token", "<boi>"));
  }

  @Test
  void special_tokens_may_stand_in_their_map() throws IOException {
    config("{}");
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"bos_token\": \"<b>\"}");
    assertThat(facts().tokens()).isEqualTo(Map.of("bos_token", "<b>"));
  }

  @Test
  void a_template_that_cannot_be_read_is_refused_instead_of_another_taken() throws IOException {
    config("{}");
    Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": ");
    assertThatThrownBy(this::facts)
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("chat_template.json");
    Files.write(folder.resolve("chat_template.jinja"), new byte[] {'a', (byte) 0xff});
    assertThatThrownBy(this::facts).hasMessageContaining("chat_template.jinja: chat template: not");
  }
}
