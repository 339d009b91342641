/// Pages of features, against what plain loops over dense codes say.
@NullMarked
package sae4j.dashboard;

import org.jspecify.annotations.NullMarked;
