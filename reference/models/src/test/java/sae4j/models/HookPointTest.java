// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HookPointTest {
  @Test
  void names_are_those_of_transformerlens_and_read_back() {
    assertThat(HookPoint.residPost(5).name()).isEqualTo("blocks.5.hook_resid_post");
    assertThat(Arrays.stream(HookPoint.Site.values()).map(site -> new HookPoint(12, site)))
        .allSatisfy(hook -> assertThat(HookPoint.parse(hook.name())).isEqualTo(hook));
  }

  @Test
  void hook_points_order_as_the_forward_pass_meets_them() {
    assertThat(
            List.of(
                    "blocks.1.hook_resid_pre",
                    "blocks.0.hook_resid_post",
                    "blocks.0.hook_mlp_out",
                    "blocks.0.hook_attn_out")
                .stream()
                .map(HookPoint::parse)
                .sorted()
                .map(HookPoint::name))
        .containsExactly(
            "blocks.0.hook_attn_out",
            "blocks.0.hook_mlp_out",
            "blocks.0.hook_resid_post",
            "blocks.1.hook_resid_pre");
  }

  @Test
  void a_name_of_another_form_is_refused_with_the_accepted_ones() {
    for (String name :
        List.of(
            "",
            "blocks.x.hook_resid_post",
            "blocks.0.hook_resid",
            "blocks.0.attn.hook_pattern",
            "blocks.-1.hook_mlp_out")) {
      assertThatThrownBy(() -> HookPoint.parse(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + name + "'")
          .hasMessageContaining("hook_resid_post");
    }
  }
}
