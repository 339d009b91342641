// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// The article as a page that computes: its ideas in order, each with its PyTorch line, its Java
/// line, and a picture of what these lines compute on small matrices. Code and figures on the page
/// are quoted from the sources as they stood when the program was built.
@NullMarked
package sae4j.companion;

import org.jspecify.annotations.NullMarked;
