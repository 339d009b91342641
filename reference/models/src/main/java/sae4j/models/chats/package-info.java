// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// Chats as the text that a language model was trained to read them in.
@NullMarked
package sae4j.models.chats;

import org.jspecify.annotations.NullMarked;
