/// Every operation in double precision on EJML's dense matrices, written for plainness: the oracle
/// that the other backends are held to.
@NullMarked
package sae4j.backends.ejml;

import org.jspecify.annotations.NullMarked;
