// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The SAE of the toy experiment: the article's, trained as any other.
@NullMarked
package sae4j.training.toy;

import org.jspecify.annotations.NullMarked;
