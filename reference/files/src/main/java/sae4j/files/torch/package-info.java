// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The files that `torch.save` writes: a zip file of a pickle and of the storages that it
/// describes.
@NullMarked
package sae4j.files.torch;

import org.jspecify.annotations.NullMarked;
