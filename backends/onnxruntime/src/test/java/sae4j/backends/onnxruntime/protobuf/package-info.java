@NullMarked
package sae4j.backends.onnxruntime.protobuf;

import org.jspecify.annotations.NullMarked;
