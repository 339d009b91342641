/// Exports, against what their importers accept.
@NullMarked
package sae4j.dashboard.export;

import org.jspecify.annotations.NullMarked;
