// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// A decoder-only transformer.
///
/// @param name what to call it
/// @param sizes its sizes
/// @param embedding where the residual stream begins
/// @param blocks what each block adds to it
/// @param last the norm behind the last block
/// @param head how its end becomes scores of tokens
public record Transformer(
    String name,
    TransformerSizes sizes,
    Embedding embedding,
    List<Block> blocks,
    Norm last,
    Head head) {

  /// One with as many blocks as its sizes say.
  ///
  /// @param block describes a layer, counted from 0
  public static Transformer of(
      String name,
      TransformerSizes sizes,
      Embedding embedding,
      IntFunction<Block> block,
      Norm last,
      Head head) {
    List<Block> blocks = IntStream.range(0, sizes.layers()).mapToObj(block).toList();
    return new Transformer(name, sizes, embedding, blocks, last, head);
  }
}
