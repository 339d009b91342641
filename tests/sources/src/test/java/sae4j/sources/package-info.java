// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// How the project's own files are written: one format of code and comments, and poms that agree
/// with each other and with what they describe.
@NullMarked
package sae4j.sources;

import org.jspecify.annotations.NullMarked;
