// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

/// A piece of text that stands by itself.
///
/// @param name where it came from, for the user: a path, or a path and a line
/// @param text what it says
public record Document(String name, String text) {}
