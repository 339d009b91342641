// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// How good a trained SAE is: the proxy metrics of the article, what each feature responds to, and,
/// where the true features are known, whether they were found.
@NullMarked
package sae4j.evaluation;

import org.jspecify.annotations.NullMarked;
