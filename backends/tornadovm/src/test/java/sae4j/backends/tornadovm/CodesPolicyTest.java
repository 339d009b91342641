package sae4j.backends.tornadovm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sae4j.backends.tornadovm.CodesPolicy.Place;

class CodesPolicyTest {
  private final CodesPolicy policy = new CodesPolicy();
  private final Place place = new Place(0, 64, 4096);

  @Test
  void codes_are_dense_until_their_density_is_known_and_low() {
    assertThat(policy.capacity(place)).isEqualTo(CodesPolicy.DENSE);
    policy.observe(place, 2000);
    assertThat(policy.capacity(place)).isEqualTo(CodesPolicy.DENSE);
    policy.observe(place, 100);
    assertThat(policy.capacity(place)).isBetween(100, 4096 / 8);
  }

  @Test
  void a_capacity_that_fits_stays_so_that_nothing_is_compiled_again() {
    policy.observe(place, 100);
    int capacity = policy.capacity(place);
    for (int densest : new int[] {90, 110, capacity, 60}) {
      policy.observe(place, densest);
      assertThat(policy.capacity(place)).isEqualTo(capacity);
    }
    policy.observe(place, 1);
    assertThat(policy.capacity(place)).as("far too large").isLessThan(capacity);
  }

  @Test
  void an_overflow_is_counted_and_makes_room_or_leads_back_to_dense_codes() {
    policy.observe(place, 50);
    int capacity = policy.capacity(place);
    policy.observe(place, capacity + 1);
    assertThat(policy.overflows()).isEqualTo(1);
    assertThat(policy.capacity(place)).isGreaterThan(capacity);
    policy.observe(place, 3000);
    assertThat(policy.overflows()).isEqualTo(2);
    assertThat(policy.capacity(place)).isEqualTo(CodesPolicy.DENSE);
  }
}
