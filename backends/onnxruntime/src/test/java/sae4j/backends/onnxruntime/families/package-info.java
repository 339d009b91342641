@NullMarked
package sae4j.backends.onnxruntime.families;

import org.jspecify.annotations.NullMarked;
