@NullMarked
package sae4j.models;

import org.jspecify.annotations.NullMarked;
