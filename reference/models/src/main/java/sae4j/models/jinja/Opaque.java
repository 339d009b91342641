// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja;

/// A value that has no form in a template: it may be passed along, but not looked at.
///
/// @param kind what it is, for messages
public record Opaque(String kind) {}
