// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Ways in which one of an SAE's files goes bad.
enum Damage {
  /// A few bits anywhere.
  FLIPPED_BITS {
    @Override
    byte[] apply(byte[] sound, RandomGenerator random) {
      byte[] bad = sound.clone();
      for (int i = random.nextInt(1, 9); i > 0; i--) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      return bad;
    }
  },
  /// The download stopped.
  TRUNCATED {
    @Override
    byte[] apply(byte[] sound, RandomGenerator random) {
      return Arrays.copyOf(sound, random.nextInt(sound.length));
    }
  },
  /// Two stretches in each other's place.
  SWAPPED {
    @Override
    byte[] apply(byte[] sound, RandomGenerator random) {
      byte[] bad = sound.clone();
      int length = random.nextInt(1, 1 + sound.length / 3);
      int a = random.nextInt(sound.length - 2 * length + 1);
      int b = random.nextInt(a + length, sound.length - length + 1);
      System.arraycopy(sound, b, bad, a, length);
      System.arraycopy(sound, a, bad, b, length);
      return bad;
    }
  },
  /// A digit replaced by another, so that lengths, shapes and settings still read well.
  CHANGED_DIGIT {
    @Override
    byte[] apply(byte[] sound, RandomGenerator random) {
      byte[] bad = sound.clone();
      for (int tries = 0; tries < 10_000; tries++) {
        int at = random.nextInt(bad.length);
        if (bad[at] >= '0' && bad[at] <= '9') {
          bad[at] = (byte) ('0' + (bad[at] - '0' + random.nextInt(1, 10)) % 10);
          return bad;
        }
      }
      return FLIPPED_BITS.apply(sound, random);
    }
  },
  /// A digit becomes many: a size beyond any file.
  LYING_LENGTH {
    @Override
    byte[] apply(byte[] sound, RandomGenerator random) {
      for (int tries = 0; tries < 10_000; tries++) {
        int at = random.nextInt(sound.length);
        if (sound[at] >= '1' && sound[at] <= '9') {
          byte[] digits = "9".repeat(random.nextInt(1, 24)).getBytes(StandardCharsets.US_ASCII);
          byte[] bad = Arrays.copyOf(sound, sound.length + digits.length);
          System.arraycopy(digits, 0, bad, at, digits.length);
          System.arraycopy(sound, at, bad, at + digits.length, sound.length - at);
          return bad;
        }
      }
      return EXTREME_NUMBER.apply(sound, random);
    }
  },
  /// A binary number pushed to an extreme.
  EXTREME_NUMBER {
    @Override
    byte[] apply(byte[] sound, RandomGenerator random) {
      byte[] bad = sound.clone();
      long[] extremes = {
        0, -1, Long.MAX_VALUE, 0x7FFF_FFFFL, 0xFFFF_FFFFL, 0x7FC0_0000L, 0x7F80_0000L
      };
      byte[] number =
          ByteBuffer.allocate(8)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(extremes[random.nextInt(extremes.length)])
              .array();
      int at = random.nextInt(Math.max(1, bad.length - 8));
      System.arraycopy(number, 0, bad, at, Math.min(1 << random.nextInt(1, 4), bad.length - at));
      return bad;
    }
  };

  abstract byte[] apply(byte[] sound, RandomGenerator random);
}
