/// Features as detectors of labels whose truth is known: every feature is scored on every label, on
/// files other than those its threshold was chosen on, beside baselines that know nothing of sparse
/// dictionaries, and probes that see all of the activation.
@NullMarked
package sae4j.evaluation.detectors;

import org.jspecify.annotations.NullMarked;
