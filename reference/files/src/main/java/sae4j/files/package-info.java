/// Tensors in files: safetensors, npy, npz and torch's pt, memory-mapped for reading and written
/// atomically.
///
/// A reader trusts nothing: every length, offset and shape is checked against the size of the file
/// before anything is allocated, and a file that does not add up is refused with one line
/// ([sae4j.files.FormatException]). A writer never leaves half a file behind ([AtomicWrite]). What
/// is read is described by [StoredTensor], what is written by [TensorData].
@NullMarked
package sae4j.files;

import org.jspecify.annotations.NullMarked;
