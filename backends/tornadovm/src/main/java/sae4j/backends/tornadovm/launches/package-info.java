/// Which kernels there are, and what each launch of a kernel needs.
///
/// The one idea: a [Launch] is a record with a component for each size and for each memory of its
/// kernel, so a missing or exchanged one does not compile. Only the record knows at which position
/// the kernel reads it. The sealed interfaces group the launches as the kernel classes group the
/// kernels. Lowering makes launches, and every engine executes them by the same [Kernel].
@NullMarked
package sae4j.backends.tornadovm.launches;

import org.jspecify.annotations.NullMarked;
