/// Pictures: one description, drawn as SVG and as PNG.
@NullMarked
package sae4j.dashboard.drawing;

import org.jspecify.annotations.NullMarked;
