/// Tests of architectures, schedules, whole training runs in double precision, checkpoints and
/// saved SAEs.
@NullMarked
package sae4j.saes.formats;

import org.jspecify.annotations.NullMarked;
