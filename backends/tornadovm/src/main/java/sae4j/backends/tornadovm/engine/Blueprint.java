// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A graph that an engine compiles: calls in order, and which of their arrays move when. Each array
/// of a call belongs to exactly one of `shared`, `resident`, `inputs` and `temporary`. Two arrays
/// are the same only if they are one object.
///
/// @param shared arrays that stay on the device and belong to other graphs as well, or null
/// @param resident arrays that stay on the device and belong to this graph: they move when they are
///     uploaded or downloaded
/// @param inputs arrays whose values are given before each run
/// @param temporary arrays that exist on the device only
/// @param outputs arrays among the inputs and the temporary ones whose values are taken after each
///     run
public record Blueprint(
    List<KernelCall> calls,
    @Nullable Residence shared,
    List<Object> resident,
    List<Object> inputs,
    List<Object> temporary,
    List<Object> outputs) {}
