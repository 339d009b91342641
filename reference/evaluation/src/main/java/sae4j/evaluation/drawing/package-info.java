/// Pictures: one description, drawn as SVG and as PNG.
@NullMarked
package sae4j.evaluation.drawing;

import org.jspecify.annotations.NullMarked;
