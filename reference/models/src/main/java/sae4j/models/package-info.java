/// What a language model is to a sparse autoencoder: a thing that turns tokens into activations at
/// named hook points, and activations back into logits, loss and text. Interfaces and values only;
/// backends implement them and are found by [java.util.ServiceLoader], so nothing here knows which
/// runtime does the arithmetic.
@NullMarked
package sae4j.models;

import org.jspecify.annotations.NullMarked;
