/// Launches as TornadoVM runs them: the only package that knows TornadoVM's types, and so the only
/// one that is built only where TornadoVM is.
///
/// The one idea: a graph of launches is one `TaskGraph`, and the parameters that stay on the device
/// are shared with a second one whose only work is to move them there.
@NullMarked
package sae4j.backends.tornadovm.device;

import org.jspecify.annotations.NullMarked;
