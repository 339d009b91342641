/// The site's files.
@NullMarked
package sae4j.dashboard.site;

import org.jspecify.annotations.NullMarked;
