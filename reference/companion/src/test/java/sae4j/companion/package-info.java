// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The page says what the sources say, and the pictures are what the article's lines compute.
@NullMarked
package sae4j.companion;

import org.jspecify.annotations.NullMarked;
