/// What the project agrees with: numbers that PyTorch computed from the article's own listing, the
/// distributions of its initialisers, the listing's names and order, and the documents' citations.
@NullMarked
package sae4j.golden;

import org.jspecify.annotations.NullMarked;
