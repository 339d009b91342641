/// Python's pickles, as far as saved tensors need them, and not one constructor further.
///
/// A pickle is a program for a stack machine that may call anything. Here it may call four
/// functions, which only put values together, and name ten storage classes; whatever else a pickle
/// asks for is refused by its name.
@NullMarked
package sae4j.files.pickle;

import org.jspecify.annotations.NullMarked;
