/// ONNX graphs as values: read from a file without loading its weights, cut, extended and written
/// again for a session, with the weights left where they are on disk. Only the part of the format
/// that language models use.
@NullMarked
package sae4j.backends.onnxruntime.graph;

import org.jspecify.annotations.NullMarked;
