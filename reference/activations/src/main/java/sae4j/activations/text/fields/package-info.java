// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Where the text is in a value of JSON.
@NullMarked
package sae4j.activations.text.fields;

import org.jspecify.annotations.NullMarked;
