/// Where activations come from: sets of them, their statistics, batches of them in a seeded order.
/// The packages below hold file formats, texts, language models, and the capture that leads from
/// one to the other.
@NullMarked
package sae4j.activations;

import org.jspecify.annotations.NullMarked;
