// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// Ways in which a file goes bad: by accident, or on purpose.
enum Corruption {
  /// A few bits of anything, anywhere.
  FLIPPED_BYTES {
    @Override
    byte[] apply(byte[] sound, int headEnd, RandomGenerator random) {
      byte[] bad = sound.clone();
      for (int i = random.nextInt(1, 9); i > 0; i--) {
        bad[random.nextInt(bad.length)] ^= (byte) random.nextInt(1, 256);
      }
      return bad;
    }
  },
  /// The download stopped.
  TRUNCATED {
    @Override
    byte[] apply(byte[] sound, int headEnd, RandomGenerator random) {
      return Arrays.copyOf(sound, random.nextInt(sound.length));
    }
  },
  /// One byte of the head, where the structure is.
  FLIPPED_HEAD {
    @Override
    byte[] apply(byte[] sound, int headEnd, RandomGenerator random) {
      byte[] bad = sound.clone();
      bad[random.nextInt(headEnd)] ^= (byte) random.nextInt(1, 256);
      return bad;
    }
  },
  /// A digit of the head replaced by another: lengths, offsets and shapes that still read well.
  CHANGED_DIGIT {
    @Override
    byte[] apply(byte[] sound, int headEnd, RandomGenerator random) {
      byte[] bad = sound.clone();
      for (int tries = 0; tries < 10_000; tries++) {
        int at = random.nextInt(headEnd);
        if (bad[at] >= '0' && bad[at] <= '9') {
          bad[at] = (byte) ('0' + (bad[at] - '0' + random.nextInt(1, 10)) % 10);
          return bad;
        }
      }
      return FLIPPED_HEAD.apply(sound, headEnd, random);
    }
  },
  /// A binary number pushed to an extreme.
  EXTREME_NUMBER {
    @Override
    byte[] apply(byte[] sound, int headEnd, RandomGenerator random) {
      byte[] bad = sound.clone();
      long[] extremes = {
        0,
        -1,
        1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        0x7FFF_FFFFL,
        0xFFFF_FFFFL,
        0x1_0000_0000L,
        sound.length
      };
      long extreme = extremes[random.nextInt(extremes.length)];
      int width = 1 << random.nextInt(1, 4);
      int at = random.nextInt(Math.max(1, headEnd - 8));
      byte[] number =
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(extreme).array();
      System.arraycopy(number, 0, bad, at, Math.min(width, bad.length - at));
      return bad;
    }
  },
  /// Bytes lost or repeated in the middle.
  SHIFTED {
    @Override
    byte[] apply(byte[] sound, int headEnd, RandomGenerator random) {
      int at = random.nextInt(headEnd);
      int shift = random.nextInt(-16, 17);
      int from = Math.clamp(at - shift, 0, sound.length);
      byte[] bad = Arrays.copyOf(sound, at + sound.length - from);
      System.arraycopy(sound, from, bad, at, sound.length - from);
      return bad;
    }
  };

  /// @param headEnd where the head, the part with the structure, ends
  abstract byte[] apply(byte[] sound, int headEnd, RandomGenerator random);
}
