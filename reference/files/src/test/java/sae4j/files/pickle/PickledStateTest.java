// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.razorvine.pickle.Unpickler;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;

/// Pickles are written out as Python's `pickletools` shows them, one instruction after another in
/// Latin-1.
class PickledStateTest {
  @Test
  void what_is_written_is_read_again_in_order() throws FormatException {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put(
        "z",
        new TensorReference(
            new StorageReference("HalfStorage", "3", 1L << 40),
            5,
            List.of(2L, 3L),
            List.of(3L, 1L)));
    tree.put(
        "a",
        Arrays.asList(
            "é\uD83D\uDE00", null, true, false, -1L, 1L << 31, Long.MIN_VALUE, -0.0, Double.NaN));
    tree.put("m", Map.of("inner", List.of()));
    for (int i = 0; i < 300; i++) {
      tree.put("many" + (i * 7919 % 300), (long) i);
    }
    Object read = PickledState.read(Path.of("f"), "p", PickleWriter.write(tree));
    assertThat(read).isEqualTo(tree);
    assertThat(new ArrayList<>(((Map<?, ?>) Objects.requireNonNull(read)).keySet()))
        .isEqualTo(new ArrayList<>(tree.keySet()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cposix\nsystem\n",
        "cbuiltins\neval\n",
        "c__builtin__\nset\n",
        "cdecimal\nDecimal\n",
        "ccopy_reg\n_reconstructor\n",
        "cdatetime\ndatetime\n",
        "ctorch\nload\n",
        "c torch\nSize\n",
        "ctorch.storage\nUntypedStorage\n",
        "ctorch\nComplexFloatStorage\n"
      })
  void every_name_off_the_list_is_refused(String instructions) {
    refused(instructions + ".")
        .hasMessageContaining("asks for '")
        .hasMessageContaining("is not run");
  }

  @Test
  void names_registered_elsewhere_in_the_program_stay_out() {
    Unpickler.registerConstructor(
        "innocent",
        "thing",
        arguments -> {
          throw new AssertionError("this must not be called");
        });
    refused("cinnocent\nthing\n)R.").hasMessageContaining("'innocent.thing'");
    refused("\u008c\u0008innocent\u008c\u0005thing\u0093)R.")
        .hasMessageContaining("'innocent.thing'");
  }

  /// OBJ, INST, NEWOBJ, NEWOBJ_EX, EXT1, PERSID, BINBYTES, EMPTY_SET, POP, DUP, GET, LONG4
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(o.",
        "(iposix\nsystem\n.",
        ")\u0081.",
        ")}\u0092.",
        "\u0082\u0001.",
        "Pid\n.",
        "B\u0001\u0000\u0000\u0000x.",
        "\u008f.",
        ")0.",
        ")2.",
        "g0\n.",
        "\u008b\u00ff\u00ff\u00ff\u007f."
      })
  void instructions_that_saved_tensors_do_not_need_are_refused(String instructions) {
    refused(instructions).hasMessageContaining("has instruction 0x");
  }

  @Test
  void a_state_can_be_set_only_on_a_dictionary() throws FormatException {
    assertThat(read("ccollections\nOrderedDict\n)R}b.")).isEqualTo(Map.of());
    refused("]}b.").hasMessageContaining("sets the state");
  }

  @Test
  void a_length_is_not_believed() {
    refused("X\u00ff\u00ff\u00ff\u007fabc.")
        .hasMessageContaining("text of 2147483647 bytes, expected at most 4");
    refused("T\u0000\u0000\u0000\u0080abc.").hasMessageContaining("text of 2147483648 bytes");
    refused("X\u0001").hasMessageContaining("no well-formed pickle");
  }

  /// 2 bytes at a time, which takes seconds where each addition copies the list.
  @Test
  void a_list_that_grows_by_little_takes_time_with_its_length_alone() {
    String list = "]q\u0000" + "(K\u0001K\u0002e".repeat(150_000) + ".";
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThatCode(() -> read(list))
                .satisfiesAnyOf(
                    nothing -> assertThat(nothing).isNull(),
                    refusal -> assertThat(refusal).isInstanceOf(FormatException.class)));
    refused("K\u0001(K\u0001e.").hasMessageContaining("no list");
  }

  @Test
  void structures_without_end_are_refused() {
    refused("]q\u0000h\u0000a.").hasMessageContaining("nested more than");
    refused("}q\u0000K\u0001h\u0000s.").hasMessageContaining("nested more than");
    refused("]q\u0000h\u0000a}h\u0000K\u0001s.")
        .hasMessageContaining("neither a string nor a whole number");
    StringBuilder laughs = new StringBuilder("K\u0001q\u0000");
    for (int i = 0; i < 16; i++) {
      String previous = "h" + (char) i;
      laughs.append(previous).append(previous).append("\u0086q").append((char) (i + 1));
    }
    refused(laughs + ".").hasMessageContaining("beyond measure");
  }

  @Test
  void what_is_no_pickle_is_refused_in_one_line() {
    for (String bad :
        List.of(
            "",
            ".",
            "(",
            "h\u0000.",
            "\u0080\u0009.",
            ")R.",
            "NR.",
            "a.",
            "t.",
            "(.",
            "K",
            "]K\u0001K\u0002s.",
            "}(K\u0001u.",
            "}K\u0001N)s.",
            "\u008a\u0005\u0001.",
            "NNQ.",
            "N.N",
            "ctorch\nSize\n.",
            "ctorch\nFloatStorage\n)R.",
            "ctorch\nSize\n)R.",
            "ctorch._utils\n_rebuild_tensor_v2\n(NNNNNNtR.",
            "}}K\u0001K\u0001sX\u0001\u0000\u0000\u00001K\u0001s",
            "}NNs.")) {
      refused(bad);
    }
    refused("}K\u0001K\u0001sX\u0001\u0000\u0000\u00001K\u0001s.")
        .hasMessageContaining("'1' as a string and as a number");
  }

  @Test
  void something_else_than_plain_values_cannot_be_written() {
    assertThatThrownBy(() -> PickleWriter.write(Map.of(1, 2)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PickleWriter.write(Collections.singleton(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static AbstractThrowableAssert<?, ?> refused(String instructions) {
    return assertThatThrownBy(() -> read(instructions))
        .as(instructions)
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith("f: p: ")
        .hasMessageNotContaining("\n");
  }

  private static @Nullable Object read(String instructions) throws FormatException {
    return PickledState.read(Path.of("f"), "p", instructions.getBytes(StandardCharsets.ISO_8859_1));
  }
}
