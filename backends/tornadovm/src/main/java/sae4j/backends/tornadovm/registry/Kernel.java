// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.registry;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import sae4j.backends.tornadovm.kernels.Codes;
import sae4j.backends.tornadovm.kernels.CodesByFeature;
import sae4j.backends.tornadovm.kernels.Elementwise;
import sae4j.backends.tornadovm.kernels.Products;
import sae4j.backends.tornadovm.kernels.Sums;
import sae4j.backends.tornadovm.kernels.Thresholds;
import sae4j.backends.tornadovm.kernels.Updates;
import sae4j.backends.tornadovm.kernels.groups.AdamUpdates;
import sae4j.backends.tornadovm.kernels.groups.BatchTopK;
import sae4j.backends.tornadovm.kernels.groups.CodesAboveThreshold;
import sae4j.backends.tornadovm.kernels.groups.EntryLists;
import sae4j.backends.tornadovm.kernels.groups.RowsAtCodes;
import sae4j.backends.tornadovm.kernels.groups.Tiles;
import sae4j.backends.tornadovm.kernels.groups.TopKThreshold;
import sae4j.backends.tornadovm.kernels.groups.WorkGroup;
import sae4j.backends.tornadovm.matrices.Memory;

/// All kernels. A constant stands for the public static method of its class that has the constant's
/// name in camel case: `ROW_SUMS_OF_CODES` stands for [Codes#rowSumsOfCodes]. The method's comment
/// gives the expression that the kernel computes.
public enum Kernel {
  ADD(Elementwise.class),
  SUBTRACT(Elementwise.class),
  MULTIPLY(Elementwise.class),
  DIVIDE(Elementwise.class),
  COPY(Elementwise.class),
  SCALE(Elementwise.class),
  POWER(Elementwise.class),
  SQUARE(Elementwise.class),
  EXPONENTIAL(Elementwise.class),
  LOGARITHM(Elementwise.class),
  HYPERBOLIC_TANGENT(Elementwise.class),
  ABSOLUTE(Elementwise.class),
  SIGNS(Elementwise.class),
  AMONG_ZEROS(Elementwise.class),
  CLEAR(Elementwise.class),
  COLLECT(Elementwise.class),
  RELU(Thresholds.class),
  JUMP_RELU(Thresholds.class),
  WINDOW(Thresholds.class),
  WHERE_ACTIVE(Thresholds.class),
  SUMS(Sums.class),
  DOTS(Sums.class),
  SMALLEST_ACTIVE(Sums.class),
  PRODUCT(Products.class),
  TILED_PRODUCT(Tiles.class),
  EVERY_CODE(Codes.class),
  LARGEST(Codes.class),
  REPORT(Codes.class),
  SCATTER(Codes.class),
  GATHER(Codes.class),
  SMALLEST_OF_CODES(Codes.class),
  ROW_SUMS_OF_CODES(Codes.class),
  CHUNK_SUMS(CodesByFeature.class),
  SUMS_BEFORE(CodesByFeature.class),
  COLUMN_SUMS_OF_CODES(CodesByFeature.class),
  ENTRIES_OF(EntryLists.class),
  NARROW(TopKThreshold.class),
  PICK(TopKThreshold.class),
  KEEP(CodesAboveThreshold.class),
  KEYS_OF(BatchTopK.class),
  COUNT_DIGITS(BatchTopK.class),
  PICK_DIGIT(BatchTopK.class),
  COUNT_TIES(BatchTopK.class),
  LIMITS(BatchTopK.class),
  KEEP_LARGEST(BatchTopK.class),
  WEIGHED_ROWS(RowsAtCodes.class),
  PRODUCTS_AT_CODES(RowsAtCodes.class),
  SCALE_TO_UNIT(Updates.class),
  ASSIGN(Updates.class),
  ADAM(AdamUpdates.class),
  ADAM_ON_SPHERE(AdamUpdates.class);

  // nobody makes the method accessible, and so nobody changes it
  @SuppressWarnings("ImmutableEnumChecker")
  private final Method method;

  private final boolean grouped;

  /// The types of the arguments behind the sizes.
  // an unmodifiable list of classes
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<Class<?>> arrayTypes;

  Kernel(Class<?> home) {
    String function = camelCase(name());
    this.method =
        Arrays.stream(home.getDeclaredMethods())
            .filter(each -> Modifier.isPublic(each.getModifiers()))
            .filter(each -> each.getName().equals(function))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException(home + " has no kernel " + function));
    Class<?>[] types = method.getParameterTypes();
    this.grouped = types[0] == WorkGroup.class;
    this.arrayTypes = List.of(Arrays.copyOfRange(types, grouped ? 2 : 1, types.length));
  }

  private static String camelCase(String constant) {
    return Pattern.compile("_(\\w)")
        .matcher(constant.toLowerCase(Locale.ROOT))
        .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
  }

  /// The method that computes the kernel. Its arguments are the sizes and strides, then arrays. In
  /// front of them is the [WorkGroup], if the kernel's threads work in groups.
  public Method method() {
    return method;
  }

  /// The name of the method, unique among all kernels.
  public String function() {
    return method.getName();
  }

  /// Whether the kernel's threads work in groups.
  public boolean isGrouped() {
    return grouped;
  }

  /// Checks the memories that a launch hands to the kernel.
  ///
  /// @throws IllegalArgumentException if their number or element types are not those of the method
  public void requireArguments(List<Memory<?>> memories) {
    boolean fits = memories.size() == arrayTypes.size();
    for (int i = 0; fits && i < memories.size(); i++) {
      fits = memories.get(i).elementType().arrayType() == arrayTypes.get(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "kernel %s takes %s and not %s"
              .formatted(
                  function(),
                  arrayTypes.stream().map(Class::getSimpleName).toList(),
                  memories.stream().map(Memory::elementType).toList()));
    }
  }
}
