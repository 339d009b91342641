// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What every backend must satisfy. A program of [Backend][sae4j.tensor.Backend] operations runs on
/// the backend and on [BoundedReference], which computes the same in double and bounds how far a
/// correct backend may be off; nothing else decides whether two results agree.
@NullMarked
package sae4j.contracts;

import org.jspecify.annotations.NullMarked;
