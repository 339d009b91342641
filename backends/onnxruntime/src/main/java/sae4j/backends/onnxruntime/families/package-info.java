/// Transformer families written as ONNX graphs over the weights of a Hugging Face checkpoint, one
/// file for each family: what an exporter would produce, without the exporter, with every hook
/// point under its own name.
@NullMarked
package sae4j.backends.onnxruntime.families;

import org.jspecify.annotations.NullMarked;
