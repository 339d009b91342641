// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What an SAE is: what it reads and reconstructs, what its parameters mean, and what can be chosen
/// before it is trained.
@NullMarked
package sae4j.saes;

import org.jspecify.annotations.NullMarked;
