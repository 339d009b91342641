/// The SAE architectures, a file each.
@NullMarked
package sae4j.saes.architectures;

import org.jspecify.annotations.NullMarked;
