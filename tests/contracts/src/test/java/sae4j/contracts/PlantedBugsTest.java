// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/// The contract catches mistakes: each is planted in EJML alone, and the contract must fail.
class PlantedBugsTest {
  /// Held here, because a logger that nobody holds forgets its level.
  private static final Logger CONFIGURATION_LOG =
      Logger.getLogger("net.jqwik.engine.DefaultJqwikConfiguration");

  /// That no database of runs is kept is said once by the build's own run.
  @BeforeAll
  static void sayItOnce() {
    CONFIGURATION_LOG.setLevel(Level.WARNING);
  }

  static List<PlantedBug> bugs() {
    return PlantedBug.all();
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void a_planted_bug_is_caught(PlantedBug bug) {
    PlantedContract.plant(bug);
    runContract();
    assertThat(PlantedContract.caughtBy())
        .as("the property that failed because " + bug)
        .isNotNull();
  }

  @Test
  void the_wrapper_without_a_bug_passes() {
    TestExecutionSummary summary = runContract();
    assertThat(summary.getFailures()).isEmpty();
    assertThat(summary.getTestsSucceededCount()).isPositive();
  }

  @AfterEach
  void removeTheBug() {
    PlantedContract.plant(null);
  }

  private static TestExecutionSummary runContract() {
    var summary = new SummaryGeneratingListener();
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(PlantedContract.class))
            .filters(EngineFilter.includeEngines("jqwik"))
            .configurationParameter("jqwik.tries.default", "12")
            .configurationParameter("jqwik.shrinking.default", "OFF")
            .configurationParameter("jqwik.edgecases.default", "NONE")
            .build();
    LauncherFactory.create().execute(request, summary);
    return summary.getSummary();
  }
}
