// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Where text comes from: documents with a name, read one at a time from the JDK's own sources,
/// from source trees, and from text and JSONL files, compressed or not.
@NullMarked
package sae4j.activations.text;

import org.jspecify.annotations.NullMarked;
