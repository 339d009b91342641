/// The site's files.
@NullMarked
package sae4j.evaluation.dashboard.site;

import org.jspecify.annotations.NullMarked;
