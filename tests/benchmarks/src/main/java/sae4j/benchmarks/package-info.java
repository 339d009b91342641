/// How fast the operations are, by themselves: JMH benchmarks of what a training step is made of,
/// on any backend. Whole steps, beside PyTorch, are timed by `tests/benchmarks/beside-pytorch`.
@NullMarked
package sae4j.benchmarks;

import org.jspecify.annotations.NullMarked;
