// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Files that refer to files: what a reference names, and that it stays where it belongs.
@NullMarked
package sae4j.files.references;

import org.jspecify.annotations.NullMarked;
