// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What the readers and writers of several formats share.
@NullMarked
package sae4j.saes.formats.parts;

import org.jspecify.annotations.NullMarked;
