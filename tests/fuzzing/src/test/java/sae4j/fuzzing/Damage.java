// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Ways in which a file goes bad, by accident or on purpose. Half of them aim at the head, where
/// the structure of most formats is.
enum Damage {
  /// A few bits.
  FLIPPED_BITS {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      byte[] bad = sound.clone();
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        bad[place(sound, random)] ^= (byte) (1 << random.nextInt(8));
      }
      return bad;
    }
  },
  /// A download that stopped.
  TRUNCATED {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      return Arrays.copyOf(sound, place(sound, random));
    }
  },
  /// Something at the end.
  LENGTHENED {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      byte[] bad = Arrays.copyOf(sound, sound.length + random.nextInt(1, 64));
      for (int i = sound.length; i < bad.length; i++) {
        bad[i] = (byte) random.nextInt(256);
      }
      return bad;
    }
  },
  /// Two stretches in each other's place.
  SWAPPED {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      byte[] bad = sound.clone();
      int length = random.nextInt(1, 1 + sound.length / 3);
      int a = random.nextInt(sound.length - 2 * length + 1);
      int b = random.nextInt(a + length, sound.length - length + 1);
      System.arraycopy(sound, b, bad, a, length);
      System.arraycopy(sound, a, bad, b, length);
      return bad;
    }
  },
  /// A binary number pushed to an extreme: lengths, offsets, NaN and infinity.
  EXTREME_NUMBER {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      long[] extremes = {
        0,
        1,
        -1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        0x7FFF_FFFFL,
        0xFFFF_FFFFL,
        0x7FC0_0000L,
        0x7F80_0000L,
        sound.length
      };
      byte[] number =
          ByteBuffer.allocate(8)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(extremes[random.nextInt(extremes.length)])
              .array();
      byte[] bad = sound.clone();
      int at = place(sound, random);
      System.arraycopy(number, 0, bad, at, Math.min(1 << random.nextInt(4), bad.length - at));
      return bad;
    }
  },
  /// A digit of a text replaced, or many in its place: shapes and offsets that still read well.
  CHANGED_NUMBER {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      String[] others = {
        "0", "-1", "7", "1e9", "2147483648", "9".repeat(random.nextInt(1, 30)), "1.5"
      };
      return replaced(sound, "\\d+", others[random.nextInt(others.length)], random);
    }
  },
  /// A word in quotes renamed: names of tensors, of types, of fields.
  RENAMED {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      String[] others = {
        "\"F32\"",
        "\"F64\"",
        "\"BF16\"",
        "\"I32\"",
        "\"\"",
        "\"W_enc\"",
        "\"../../x\"",
        "\"\\u0000\"",
        "null"
      };
      return replaced(sound, "\"[^\"\\n]{0,60}\"", others[random.nextInt(others.length)], random);
    }
  },
  /// Nothing at all, or nothing but zeros.
  EMPTY {
    @Override
    byte[] apply(byte[] sound, SplittableRandom random) {
      return new byte[random.nextBoolean() ? 0 : sound.length];
    }
  };

  private static final int HEAD = 600;

  /// @param sound not empty
  abstract byte[] apply(byte[] sound, SplittableRandom random);

  private static int place(byte[] sound, SplittableRandom random) {
    return random.nextInt(random.nextBoolean() ? Math.min(HEAD, sound.length) : sound.length);
  }

  /// Replaces one match in the head, or in the tail where zip files have theirs.
  private static byte[] replaced(byte[] sound, String pattern, String by, SplittableRandom random) {
    String text = new String(sound, StandardCharsets.ISO_8859_1);
    String head = text.substring(0, Math.min(text.length(), 20 * HEAD));
    List<MatchResult> matches =
        new ArrayList<>(Pattern.compile(pattern).matcher(head).results().toList());
    if (matches.isEmpty()) {
      return FLIPPED_BITS.apply(sound, random);
    }
    MatchResult match = matches.get(random.nextInt(matches.size()));
    return (text.substring(0, match.start()) + by + text.substring(match.end()))
        .getBytes(StandardCharsets.ISO_8859_1);
  }
}
