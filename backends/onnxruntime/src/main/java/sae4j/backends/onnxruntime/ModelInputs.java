// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.IntUnaryOperator;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.LanguageGraph.CacheTensor;
import sae4j.backends.onnxruntime.graph.ValueInfo;
import sae4j.models.FloatRows;
import sae4j.models.TokenBatch;

/// The values of a language model's own inputs for one pass: ids, attention mask, positions and an
/// empty cache.
///
/// @param language which model
/// @param tokensBT the new tokens
/// @param past keys and values of the tokens that were read before
record ModelInputs(LanguageGraph language, TokenBatch tokensBT, KeyValues past) {
  /// @throws IllegalStateException if the model has an input of unknown meaning
  OnnxTensor tensor(ValueInfo input) {
    int batch = tokensBT.sequences();
    int length = tokensBT.length();
    if (input.name().equals(language.idsInput())) {
      return integers(input, length, tokensBT::id);
    }
    if (input.name().equals("attention_mask")) {
      return integers(input, past.tokens() + length, i -> 1);
    }
    if (input.name().equals("position_ids")) {
      return integers(input, length, i -> past.tokens() + i % length);
    }
    for (CacheTensor tensor : language.cache()) {
      if (tensor.past().equals(input.name())) {
        return create(
            ByteBuffer.allocateDirect(0),
            javaType(input),
            batch,
            tensor.heads(),
            0,
            tensor.width());
      }
    }
    throw new IllegalStateException(
        "model input '"
            + input.name()
            + "': its meaning is not known; known are ids, attention_mask,"
            + " position_ids and past_key_values");
  }

  /// [B·T, D] as [B, T, D], or as it is where the graph wants a flat list.
  OnnxTensor rows(FloatRows rows, boolean flat) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(4, rows.values().length))
            .order(ByteOrder.nativeOrder());
    bytes.asFloatBuffer().put(rows.values());
    return flat
        ? create(bytes, OnnxJavaType.FLOAT, tokensBT.rows(), rows.width())
        : create(bytes, OnnxJavaType.FLOAT, tokensBT.sequences(), tokensBT.length(), rows.width());
  }

  /// A result of float32, float16 or bfloat16 as `rows` rows of float32.
  static FloatRows toRows(OnnxTensor tensor, int rows) {
    FloatBuffer floats = tensor.getFloatBuffer();
    float[] values = new float[floats.remaining()];
    floats.get(values);
    return new FloatRows(rows, values.length / rows, values);
  }

  private OnnxTensor integers(ValueInfo input, int length, IntUnaryOperator value) {
    boolean wide = input.type() != ElementType.INT32;
    int count = tokensBT.sequences() * length;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(count * (wide ? 8 : 4)).order(ByteOrder.nativeOrder());
    for (int i = 0; i < count; i++) {
      if (wide) {
        bytes.putLong(value.applyAsInt(i));
      } else {
        bytes.putInt(value.applyAsInt(i));
      }
    }
    return create(
        bytes.flip(), wide ? OnnxJavaType.INT64 : OnnxJavaType.INT32, tokensBT.sequences(), length);
  }

  private static OnnxJavaType javaType(ValueInfo input) {
    return input.type() == ElementType.FLOAT16 ? OnnxJavaType.FLOAT16 : OnnxJavaType.FLOAT;
  }

  private static OnnxTensor create(ByteBuffer bytes, OnnxJavaType type, long... shape) {
    try {
      return OnnxTensor.createTensor(
          OrtEnvironment.getEnvironment(), bytes.order(ByteOrder.nativeOrder()), shape, type);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
    }
  }
}
