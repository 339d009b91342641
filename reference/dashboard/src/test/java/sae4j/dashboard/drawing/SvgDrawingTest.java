// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class SvgDrawingTest {
  private static Element drawn(String text) throws Exception {
    Picture picture =
        new Picture(
            100,
            100,
            drawing -> {
              drawing.text(1, 2, 13, false, Drawing.Anchor.START, Palette.INK, text);
              drawing.hint(1, 2, 9, text);
            });
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(picture.svg()))
        .getDocumentElement();
  }

  @Test
  void blanks_in_a_row_are_all_shown() throws Exception {
    assertThat(
            drawn("rows: a   columns: b c").getElementsByTagName("text").item(0).getTextContent())
        .isEqualTo("rows: a\u00a0\u00a0\u00a0columns: b c");
  }

  @Test
  void any_text_is_valid_and_read_back() throws Exception {
    Element svg = drawn("a < b & c > d '\"");
    assertThat(svg.getElementsByTagName("text").item(0).getTextContent())
        .isEqualTo("a < b & c > d '\"");
    assertThat(svg.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("a < b & c > d '\"");
    assertThat(drawn("a\u0000\u0007b").getElementsByTagName("text").item(0).getTextContent())
        .isEqualTo("a\u00a0\u00a0b");
  }
}
