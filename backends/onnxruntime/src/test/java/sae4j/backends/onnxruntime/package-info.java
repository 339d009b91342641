@NullMarked
package sae4j.backends.onnxruntime;

import org.jspecify.annotations.NullMarked;
