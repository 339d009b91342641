/// How much of a model an SAE keeps for how many active features: the trade-off by which SAEs are
/// compared.
@NullMarked
package sae4j.evaluation.tradeoff;

import org.jspecify.annotations.NullMarked;
