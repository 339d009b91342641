/// Real language models on ONNX Runtime: sessions over graphs cut at hook points, and the
/// tokenizers that belong to the models.
@NullMarked
package sae4j.backends.onnxruntime;

import org.jspecify.annotations.NullMarked;
