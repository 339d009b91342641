// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class WellFormedTextProperties {
  @Provide
  Arbitrary<String> surrogates() {
    return Arbitraries.strings()
        .withChars('a', '\ud83d', '\ude00', '\ud800', '\udfff', '\uFEFF', '\0')
        .ofMaxLength(12);
  }

  @Property
  void every_string_becomes_text_that_utf8_can_hold_with_every_position_kept(
      @ForAll("surrogates") String text) {
    String wellFormed = WellFormedText.of(text);

    byte[] encoded = wellFormed.getBytes(StandardCharsets.UTF_8);
    assertThat(new String(encoded, StandardCharsets.UTF_8)).isEqualTo(wellFormed);
    assertThat(wellFormed).hasSameSizeAs(text);
    assertThat(WellFormedText.of(wellFormed)).isSameAs(wellFormed);
    for (int i = 0; i < text.length(); i++) {
      assertThat(wellFormed.charAt(i)).isIn(text.charAt(i), '\uFFFD');
    }
    assertThat(wellFormed.codePoints().filter(c -> c != 0xFFFD).toArray())
        .containsExactly(text.codePoints().filter(c -> c < 0xD800 || c > 0xDFFF).toArray());
  }
}
