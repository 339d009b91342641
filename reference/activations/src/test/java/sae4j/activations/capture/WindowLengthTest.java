// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.models.LanguageModel;

final class WindowLengthTest {
  private static LanguageModel modelOf(int contextLength) {
    return (LanguageModel)
        Proxy.newProxyInstance(
            LanguageModel.class.getClassLoader(),
            new Class<?>[] {LanguageModel.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "contextLength" -> contextLength;
                  case "tokensAtOnce" -> 4096;
                  default -> "large";
                });
  }

  @ParameterizedTest
  @CsvSource({
    // the model's, the SAE's, chosen, said
    "131072, 128, 128, trained on",
    "131072, , 1024, takes up to",
    "131072, 262144, 1024, trained on 262",
    "131072, 8192, 8192, trained on",
    "1024, , 1024,",
    "128, , 128,",
    "128, 128, 128,",
    "64, 128, 64, trained on 128",
    "128, 1, 128, trained on 1",
  })
  void contexts_are_those_of_the_sae_or_the_models_up_to_a_bound_and_what_is_shorter_is_said(
      int model, @Nullable Integer trained, int chosen, @Nullable String said) {
    WindowLength length = WindowLength.of(modelOf(model), trained);

    assertThat(length.tokens()).isEqualTo(chosen);
    if (said == null) {
      assertThat(length.note()).isEmpty();
    } else {
      assertThat(length.note().orElseThrow()).contains(said);
    }
    assertThat(
            ActivationCapture.Settings.batchOf(modelOf(model), length.tokens()) * length.tokens())
        .isLessThanOrEqualTo(Math.max(4096, chosen));
  }
}
