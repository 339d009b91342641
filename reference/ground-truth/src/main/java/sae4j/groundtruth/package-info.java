// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Ground truth about Java text. Java's lexical grammar and the compiler's parser say which labels
/// hold for each character of a source file. From these follow the labels of each token that a
/// language model reads.
@NullMarked
package sae4j.groundtruth;

import org.jspecify.annotations.NullMarked;
