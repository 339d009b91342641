// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Groups of options that commands share: which SAE, which model and hook point, which text or
/// activations, which backend. Each is an object that knows what its values mean. A value is
/// checked where it is read, by its type in [sae4j.cli.options.types]. What two options together do
/// not allow is refused by the group or command that has both.
@NullMarked
package sae4j.cli.options;

import org.jspecify.annotations.NullMarked;
