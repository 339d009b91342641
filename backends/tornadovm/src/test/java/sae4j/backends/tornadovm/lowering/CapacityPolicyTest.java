// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sae4j.backends.tornadovm.lowering.CapacityPolicy.CodesCall;

class CapacityPolicyTest {
  private final CapacityPolicy policy = new CapacityPolicy();
  private final CodesCall call = new CodesCall(0, 64, 4096);

  @Test
  void codes_are_dense_until_their_density_is_known_and_low() {
    assertThat(policy.capacity(call)).isEqualTo(CapacityPolicy.DENSE);
    policy.observe(call, 2000);
    assertThat(policy.capacity(call)).isEqualTo(CapacityPolicy.DENSE);
    policy.observe(call, 100);
    assertThat(policy.capacity(call)).isBetween(100, 4096 / 8);
  }

  @Test
  void a_capacity_that_fits_stays_so_that_nothing_is_compiled_again() {
    policy.observe(call, 100);
    int capacity = policy.capacity(call);
    for (int densest : new int[] {90, 110, capacity, 60}) {
      policy.observe(call, densest);
      assertThat(policy.capacity(call)).isEqualTo(capacity);
    }
    policy.observe(call, 1);
    assertThat(policy.capacity(call)).as("far too large").isLessThan(capacity);
  }

  @Test
  void an_overflow_is_counted_and_makes_room_or_leads_back_to_dense_codes() {
    policy.observe(call, 50);
    int capacity = policy.capacity(call);
    policy.observe(call, capacity + 1);
    assertThat(policy.overflows()).isEqualTo(1);
    assertThat(policy.capacity(call)).isGreaterThan(capacity);
    policy.observe(call, 3000);
    assertThat(policy.overflows()).isEqualTo(2);
    assertThat(policy.capacity(call)).isEqualTo(CapacityPolicy.DENSE);
  }
}
