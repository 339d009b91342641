// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What a user names and a command reads: models and SAEs, by a path or by a name on the hub, from
/// which they are fetched.
@NullMarked
package sae4j.cli.inputs;

import org.jspecify.annotations.NullMarked;
