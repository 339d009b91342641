@NullMarked
package sae4j.cli;

import org.jspecify.annotations.NullMarked;
