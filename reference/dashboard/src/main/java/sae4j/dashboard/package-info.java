// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What a dashboard shows of every feature: where and how strongly it is active, in which text, its
/// effects on the next token, and which features are similar or active together with it. Codes are
/// kept on disk by token and by feature, so that statistics are exact and memory stays small.
@NullMarked
package sae4j.dashboard;

import org.jspecify.annotations.NullMarked;
