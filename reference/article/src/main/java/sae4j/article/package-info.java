@NullMarked
package sae4j.article;

import org.jspecify.annotations.NullMarked;
