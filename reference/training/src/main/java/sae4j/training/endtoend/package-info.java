// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// SAEs that learn from what their reconstruction does to the language model's output.
@NullMarked
package sae4j.training.endtoend;

import org.jspecify.annotations.NullMarked;
