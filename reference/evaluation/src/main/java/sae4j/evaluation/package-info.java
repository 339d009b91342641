/// Judging a trained SAE: the proxy metrics of the article, what each feature responds to, and,
/// where the truth is known, whether it was found.
@NullMarked
package sae4j.evaluation;

import org.jspecify.annotations.NullMarked;
