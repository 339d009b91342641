// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.jspecify.annotations.Nullable;
import sae4j.backends.ejml.EjmlBackend;

/// The contract of EJML with a mistake, or without one. [PlantedBugsTest] runs it; its name keeps
/// it out of the build's own run.
@AddLifecycleHook(
    value = PlantedContract.UntilCaught.class,
    propagateTo = PropagationMode.ALL_DESCENDANTS)
class PlantedContract extends BackendContract {
  /// The mistake of the run that is under way.
  private static @Nullable PlantedBug bug;

  /// The property that caught it.
  private static @Nullable String caughtBy;

  PlantedContract() {
    super(PlantedBug.wrapped(new EjmlBackend(), bug));
  }

  /// Prepares the next run.
  static void plant(@Nullable PlantedBug next) {
    bug = next;
    caughtBy = null;
  }

  static @Nullable String caughtBy() {
    return caughtBy;
  }

  /// One property that fails on a comparison is enough; a mistake that merely throws is not caught
  /// yet.
  static final class UntilCaught implements AroundPropertyHook, SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      return caughtBy == null ? SkipResult.doNotSkip() : SkipResult.skip("caught by " + caughtBy);
    }

    @Override
    public PropertyExecutionResult aroundProperty(
        PropertyLifecycleContext context, PropertyExecutor property) {
      PropertyExecutionResult result = property.execute();
      if (result.throwable().filter(AssertionError.class::isInstance).isPresent()) {
        caughtBy = context.targetMethod().getName();
      }
      return result;
    }
  }
}
