/// The article's code, line by line: the sparse autoencoder, its loss, the causal intervention, and the plain
/// autoencoder of the first diagram. `docs/article.md` maps the article to it, section by section.
@NullMarked
package sae4j.article;

import org.jspecify.annotations.NullMarked;
