// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

/// What a language model is to a sparse autoencoder: it turns tokens into activations at named hook
/// points, and activations back into logits and text. Backends implement these interfaces and are
/// found by [java.util.ServiceLoader], so nothing here depends on the runtime that does the
/// arithmetic.
@NullMarked
package sae4j.models;

import org.jspecify.annotations.NullMarked;
