// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sae4j.models.HookPoint;

/// `docs/models.md` lists what is covered.
class ModelsPageTest {
  private final String page = read();

  private static String read() {
    try {
      return Files.readString(Path.of("../../docs/models.md"));
    } catch (IOException missing) {
      throw new AssertionError(missing);
    }
  }

  private List<String> firstColumn(String heading) {
    String part = page.substring(page.indexOf("## " + heading));
    int end = part.indexOf("\n## ", 3);
    return Pattern.compile("^\\| (`[^|]+) \\|", Pattern.MULTILINE)
        .matcher(end < 0 ? part : part.substring(0, end))
        .results()
        .flatMap(row -> Arrays.stream(row.group(1).split(", ", -1)))
        .map(name -> name.replace("`", ""))
        .filter(name -> !name.equals("model_type"))
        .toList();
  }

  @Test
  void every_type_has_a_row_and_every_row_a_type() {
    // The last one is NewFamilyTest's.
    List<String> types =
        ModelFamilies.modelTypes().stream().filter(type -> !type.equals("bounded")).toList();
    assertThat(firstColumn("Families")).containsExactlyInAnyOrderElementsOf(types);
  }

  @Test
  void every_hook_point_has_a_row_and_every_row_a_hook_point() {
    assertThat(firstColumn("Hook points"))
        .containsExactlyElementsOf(
            Arrays.stream(HookPoint.Site.values()).map(HookPoint.Site::label).toList());
  }
}
