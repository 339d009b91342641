/// What there is to see of every feature: where it is active and how strongly, in which text, what
/// it says about the next token, which features are like it or active with it. Codes are kept on
/// disk by token and by feature, so that each feature is looked at by itself, exactly, in little
/// memory.
@NullMarked
package sae4j.dashboard;

import org.jspecify.annotations.NullMarked;
