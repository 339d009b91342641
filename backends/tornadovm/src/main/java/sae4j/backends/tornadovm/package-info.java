/// Training steps as one graph of kernels on a device.
///
/// The one idea: inside [sae4j.tensor.Backend#step] the operations are written down instead of
/// being run. When the step ends they become launches of kernels over planned memory, compiled once
/// for each sequence of launches and kept; parameters and moments stay on the device from step to
/// step, a batch goes in and a few scalars come out. Outside a step each operation is such a graph
/// by itself. What a launch is executed by, an [sae4j.backends.tornadovm.Engine], is known here
/// only by its interface: TornadoVM stands in the module `device`, which is built where TornadoVM
/// is, and the JVM itself in [sae4j.backends.tornadovm.HostEngine], which is how the same kernels
/// are tested anywhere.
@NullMarked
package sae4j.backends.tornadovm;

import org.jspecify.annotations.NullMarked;
