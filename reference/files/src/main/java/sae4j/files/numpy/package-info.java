// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// NumPy's formats: npy, which holds one array, and npz, which is a zip file of npy arrays.
@NullMarked
package sae4j.files.numpy;

import org.jspecify.annotations.NullMarked;
