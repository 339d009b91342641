// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Folders of data sets as the Hugging Face hub lays them out: subsets, splits and their files.
@NullMarked
package sae4j.activations.text.datasets;

import org.jspecify.annotations.NullMarked;
