// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// An interpreter of the part of Jinja that chat templates use, with the meaning that Jinja2 gives
/// it in Python. What it does not know it refuses by name; a template reaches nothing but the
/// values that it was given.
@NullMarked
package sae4j.models.jinja;

import org.jspecify.annotations.NullMarked;
