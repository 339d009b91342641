// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

/// What a name or an attribute stands for that is not there: it prints as nothing and is false.
///
/// @param name for messages
record Undefined(String name) {}
