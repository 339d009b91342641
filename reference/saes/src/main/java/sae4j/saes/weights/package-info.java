// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The weights of a trained SAE apart from any backend and any file format, and the steps that turn
/// them into equal ones of another form.
@NullMarked
package sae4j.saes.weights;

import org.jspecify.annotations.NullMarked;
