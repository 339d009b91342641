// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Our backends, held to the contract and to each other: operations, gradients and whole trainings
/// agree, and the arrows between the rooms point down.
@NullMarked
package sae4j.agreement;

import org.jspecify.annotations.NullMarked;
