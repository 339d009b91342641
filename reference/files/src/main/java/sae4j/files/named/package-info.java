// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Files whose failures say which file it was: the system names one when it is opened, and not when
/// a disk becomes full in the middle of it.
@NullMarked
package sae4j.files.named;

import org.jspecify.annotations.NullMarked;
