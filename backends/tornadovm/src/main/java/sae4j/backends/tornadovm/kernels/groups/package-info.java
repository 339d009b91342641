/// Kernels whose threads work in groups that share memory and wait for each other.
///
/// The one idea: such a kernel is written against [WorkGroup], whose members have the names of
/// TornadoVM's `KernelContext`. On the JVM a group is a few threads that take turns; for a device
/// the module `device` compiles the very same source with the one class named instead of the other.
/// Everything else is as in the package above.
@NullMarked
package sae4j.backends.tornadovm.kernels.groups;

import org.jspecify.annotations.NullMarked;
