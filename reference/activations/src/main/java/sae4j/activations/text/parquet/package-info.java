// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Columns of Parquet files, read row by row as the JSON that they would be.
@NullMarked
package sae4j.activations.text.parquet;

import org.jspecify.annotations.NullMarked;
