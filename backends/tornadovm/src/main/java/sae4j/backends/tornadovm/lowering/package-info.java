// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// From recorded operations to kernel launches.
///
/// The one idea: a [Lowering] decides what each operation becomes, which depends on how its
/// operands lie: nothing but a view, a promise, one launch or several. The result is a list of
/// [PlannedLaunch]es over memory that does not exist yet.
@NullMarked
package sae4j.backends.tornadovm.lowering;

import org.jspecify.annotations.NullMarked;
