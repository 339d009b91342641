// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What is done before the process ends.
@NullMarked
package sae4j.files.ending;

import org.jspecify.annotations.NullMarked;
